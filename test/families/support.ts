/** What this kernel and this process lack. */
import type { Family, SocketError } from "berkeley";
import { socket } from "berkeley/sync";

/** For the `skip` of a test: false, or the name of what is missing. */
export function lacks(name: string, family: Family, type: number, proto = 0): string | false {
  try {
    socket(family, type, proto).close();
    return false;
  } catch (error) {
    const { code } = error as SocketError;
    return code === "EPERM" ? `no CAP_NET_RAW for ${name}` : `no ${name} here (${code})`;
  }
}

/** RFC 1071: the ones' complement of the sum of 16-bit words. */
export function checksum(data: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of data.entries()) sum += at % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
