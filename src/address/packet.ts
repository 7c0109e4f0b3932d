/** AF_PACKET: sockaddr_ll, frames of an interface. See packet(7). */
import { buffer, integer, wrongRange } from "../check.js";
import { AF_PACKET } from "../constants.generated.js";
import { lengthOf } from "../memory.js";
import type { FamilyRow } from "./family.js";
import { elements, sockaddrOf, struct, UINT8_MAX, UINT16_MAX } from "./fields.js";
import { interfaceIndex, interfaceText } from "./interface.js";

const SIZE = 20;
const PROTOCOL = 2;
const IFINDEX = 4;
const HATYPE = 8;
const PKTTYPE = 10;
const HALEN = 11;
const ADDR = 12;
/** sizeof(sll_addr). The kernel may give more (InfiniBand has 20), and takes what fits. */
const ADDR_MAX = SIZE - ADDR;

function encode(call: string, address: unknown): Uint8Array {
  const form = "[ifname, protocol, pkttype?, hatype?, addr?]";
  const given = elements(call, "an AF_PACKET address", form, address, 2, 5);
  const protocol = integer(call, "protocol", given[1], 0, UINT16_MAX);
  const pkttype = integer(call, "pkttype", given[2] ?? 0, 0, UINT8_MAX);
  const hatype = integer(call, "hatype", given[3] ?? 0, 0, UINT16_MAX);
  const addr = buffer(call, "addr", given[4] ?? new Uint8Array(0));
  const halen = lengthOf(addr);
  if (halen > ADDR_MAX) throw wrongRange(call, "addr", `at most ${ADDR_MAX} bytes`, addr);
  const sockaddr = sockaddrOf(AF_PACKET, SIZE);
  sockaddr.writeInt32LE(interfaceIndex(call, given[0]), IFINDEX);
  sockaddr.writeUInt16BE(protocol, PROTOCOL);
  sockaddr.writeUInt16LE(hatype, HATYPE);
  sockaddr[PKTTYPE] = pkttype;
  sockaddr[HALEN] = halen;
  sockaddr.set(addr, ADDR);
  return sockaddr;
}

function decode(sockaddr: Buffer, length: number): unknown {
  const from = struct(sockaddr, length, ADDR);
  const end = Math.min(ADDR + (from[HALEN] as number), length);
  return [
    interfaceText(from.readInt32LE(IFINDEX)),
    from.readUInt16BE(PROTOCOL),
    from[PKTTYPE],
    from.readUInt16LE(HATYPE),
    Buffer.from(from.subarray(ADDR, Math.max(end, ADDR))),
  ];
}

export const packetRow: FamilyRow = {
  encode,
  decode,
  describe: (address) => ({ address: (address as [string])[0] }),
};
