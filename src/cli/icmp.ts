import { AF_INET, type AF_INET6, type ExtendedError, inetNtop, type Socket } from "berkeley";

export type InternetFamily = typeof AF_INET | typeof AF_INET6;
export type InternetSocket = Socket<InternetFamily>;

/** RFC 792 and RFC 4443: type, code, checksum, identifier, sequence number. */
export const ICMP_BYTES = 8;

const ECHO = { request: 8, reply: 0 };
const ECHO_6 = { request: 128, reply: 129 };

export function echoTypes(family: InternetFamily): typeof ECHO {
  return family === AF_INET ? ECHO : ECHO_6;
}

/** RFC 1071: the ones' complement of the ones' complement sum of 16-bit words. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  if (bytes.length % 2 === 1) sum += (bytes.at(-1) as number) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An echo request. The kernel puts in an ICMPv6 checksum, which covers the addresses, too. */
export function echoRequest(family: InternetFamily, id: number, seq: number, size: number): Buffer {
  const bytes = Buffer.alloc(ICMP_BYTES + size);
  bytes[0] = echoTypes(family).request;
  bytes.writeUInt16BE(id, 4);
  bytes.writeUInt16BE(seq & 0xffff, 6);
  for (let at = 0; at < size; at++) bytes[ICMP_BYTES + at] = at & 0xff;
  if (family === AF_INET) bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

/** An echo message: null for bytes that are none. */
export function readEcho(bytes: Buffer): { type: number; id: number; seq: number } | null {
  if (bytes.length < ICMP_BYTES) return null;
  return { type: bytes[0] as number, id: bytes.readUInt16BE(4), seq: bytes.readUInt16BE(6) };
}

/** Raw IPv4 sockets give the header, too. */
export function withoutHeader(packet: Buffer): Buffer {
  return packet.subarray(((packet[0] ?? 0) & 0xf) * 4);
}

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: "Destination Net Unreachable",
  1: "Destination Host Unreachable",
  2: "Destination Protocol Unreachable",
  3: "Destination Port Unreachable",
  4: "Frag needed and DF set",
  9: "Destination Net Prohibited",
  10: "Destination Host Prohibited",
  13: "Packet filtered",
};

const UNREACHABLE_6: Readonly<Record<number, string>> = {
  0: "Destination unreachable: No route",
  1: "Destination unreachable: Administratively prohibited",
  2: "Destination unreachable: Beyond scope of source address",
  3: "Destination unreachable: Address unreachable",
  4: "Destination unreachable: Port unreachable",
};

/** The ICMP types that end a packet's way. */
export const TIME_EXCEEDED = 11;
export const DEST_UNREACH = 3;
const TIME_EXCEEDED_6 = 3;
export const DEST_UNREACH_6 = 1;

/** Those that tell of a packet that goes on. Of IPv6 the kernel gives none to a socket. */
const SOURCE_QUENCH = 4;
const REDIRECT = 5;

/** RFC 792's codes of a redirect. */
const REDIRECT_OF = ["Network", "Host", "Type of Service and Network", "Type of Service and Host"];

/** Whether the packet that an ICMP message tells of is on its way still, so that its answer may come. */
export function goesOn(family: InternetFamily, { type }: ExtendedError): boolean {
  return family === AF_INET && (type === SOURCE_QUENCH || type === REDIRECT);
}

/** The address that the kernel gives as a number. */
function gatewayText(info: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(info);
  return inetNtop(AF_INET, bytes);
}

/** What an ICMP message says, in the words of iputils. */
export function icmpText(family: InternetFamily, { type, code, info }: ExtendedError): string {
  if (family === AF_INET) {
    if (type === TIME_EXCEEDED) return "Time to live exceeded";
    if (type === SOURCE_QUENCH) return "Source Quench";
    const what = REDIRECT_OF[code];
    if (type === REDIRECT && what !== undefined) {
      return `Redirect ${what}(New nexthop: ${gatewayText(info)})`;
    }
    const words = UNREACHABLE[code];
    if (type === DEST_UNREACH && words !== undefined) {
      return code === 4 ? `${words} (mtu = ${info})` : words;
    }
  } else {
    if (type === TIME_EXCEEDED_6) return "Time exceeded: Hop limit";
    if (type === 2) return `Packet too big: mtu=${info}`;
    const words = UNREACHABLE_6[code];
    if (type === DEST_UNREACH_6 && words !== undefined) return words;
  }
  return `ICMP type ${type} code ${code}`;
}
