/** What this kernel and this process lack. */
import {
  BPF_ABS,
  BPF_H,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  type Family,
  type SocketError,
  setOption,
} from "berkeley";
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

/** Of UDP over IPv4 without options: the destination's port, from the start of the IPv4 header. */
const UDP_PORT = 22;

/** Has a packet socket see datagrams to that port alone: what else the machine sends over loopback
 * meanwhile would fill its queue. `ip` is where the IPv4 header starts. */
export function seesOnly(packet: { fileno(): number }, port: number, ip: number): void {
  setOption(packet, "SO_ATTACH_FILTER", [
    { code: BPF_LD | BPF_H | BPF_ABS, jt: 0, jf: 0, k: ip + UDP_PORT },
    { code: BPF_JMP | BPF_JEQ | BPF_K, jt: 0, jf: 1, k: port },
    { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0xffff },
    { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0 },
  ]);
}

/** RFC 1071: the ones' complement of the sum of 16-bit words. */
export function checksum(data: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of data.entries()) sum += at % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
