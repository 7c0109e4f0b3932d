import {
  AF_INET,
  type AF_INET6,
  type ExtendedError,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMPV6_DEST_UNREACH,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_PARAMPROB,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_TIME_EXCEED,
  inetNtop,
  type Socket,
} from "berkeley";

export type InternetFamily = typeof AF_INET | typeof AF_INET6;
export type InternetSocket = Socket<InternetFamily>;

/** RFC 792 and RFC 4443: type, code, checksum, identifier, sequence number. */
export const ICMP_BYTES = 8;

const ECHO = { request: ICMP_ECHO, reply: ICMP_ECHOREPLY } as const;
const ECHO_6 = { request: ICMPV6_ECHO_REQUEST, reply: ICMPV6_ECHO_REPLY } as const;

export function echoTypes(family: InternetFamily): { request: number; reply: number } {
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

/** An echo request. The kernel fills in the checksum of ICMPv6, since that covers the addresses, too. */
export function echoRequest(family: InternetFamily, id: number, seq: number, data: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(ICMP_BYTES), data]);
  bytes[0] = echoTypes(family).request;
  bytes.writeUInt16BE(id, 4);
  bytes.writeUInt16BE(seq & 0xffff, 6);
  if (family === AF_INET) bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

/** Reads an echo message; null if the bytes are too few for one. */
export function readEcho(bytes: Buffer): { type: number; id: number; seq: number } | null {
  if (bytes.length < ICMP_BYTES) return null;
  return { type: bytes[0] as number, id: bytes.readUInt16BE(4), seq: bytes.readUInt16BE(6) };
}

/** What follows the IP header, which raw IPv4 sockets give, too. */
export function withoutHeader(packet: Buffer): Buffer {
  return packet.subarray(((packet[0] ?? 0) & 0xf) * 4);
}

/** Whether the packet that an ICMP message is about is still on its way, so that an answer may come. With
 *  IPv6 the kernel gives sockets no such message. */
export function goesOn(family: InternetFamily, { type }: ExtendedError): boolean {
  return family === AF_INET && (type === ICMP_SOURCE_QUENCH || type === ICMP_REDIRECT);
}

/** The address that the kernel gives as a number. */
function gatewayText(info: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(info);
  return inetNtop(AF_INET, bytes);
}

/** Indexed by the code, in the words of iputils, like all that follow. */
const UNREACHABLE = [
  "Destination Net Unreachable",
  "Destination Host Unreachable",
  "Destination Protocol Unreachable",
  "Destination Port Unreachable",
  "Frag needed and DF set",
  "Source Route Failed",
  "Destination Net Unknown",
  "Destination Host Unknown",
  "Source Host Isolated",
  "Destination Net Prohibited",
  "Destination Host Prohibited",
  "Destination Net Unreachable for Type of Service",
  "Destination Host Unreachable for Type of Service",
  "Packet filtered",
  "Precedence Violation",
  "Precedence Cutoff",
];
const REDIRECTS = [
  "Redirect Network",
  "Redirect Host",
  "Redirect Type of Service and Network",
  "Redirect Type of Service and Host",
];
const UNREACHABLE_6 = [
  "No route",
  "Administratively prohibited",
  "Beyond scope of source address",
  "Address unreachable",
  "Port unreachable",
  "Source address failed ingress/egress policy",
  "Reject route to destination",
];
const EXCEEDED_6 = ["Hop limit", "Defragmentation failure"];
const PROBLEMS_6 = ["Wrong header field", "Unknown header", "Unknown option"];

/** Keyed by the type. */
type Texts = Readonly<Record<number, (code: number, info: number) => string>>;

const TEXTS: Texts = {
  [ICMP_DEST_UNREACH]: (code, mtu) => {
    const words = UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`;
    return code === ICMP_FRAG_NEEDED ? `${words} (mtu = ${mtu})` : words;
  },
  [ICMP_SOURCE_QUENCH]: () => "Source Quench",
  [ICMP_REDIRECT]: (code, gateway) =>
    `${REDIRECTS[code] ?? `Redirect, Bad Code: ${code}`}(New nexthop: ${gatewayText(gateway)})`,
  // The kernel gives no socket the one that reassembly took too long.
  [ICMP_TIME_EXCEEDED]: () => "Time to live exceeded",
  [ICMP_PARAMETERPROB]: (_, pointer) => `Parameter problem: pointer = ${pointer}`,
};

const TEXTS_6: Texts = {
  [ICMPV6_DEST_UNREACH]: (code) =>
    `Destination unreachable: ${UNREACHABLE_6[code] ?? `Unknown code ${code}`}`,
  [ICMPV6_PKT_TOOBIG]: (_, mtu) => `Packet too big: mtu=${mtu}`,
  [ICMPV6_TIME_EXCEED]: (code) => `Time exceeded: ${EXCEEDED_6[code] ?? `code ${code}`}`,
  [ICMPV6_PARAMPROB]: (code, pointer) =>
    `Parameter problem: ${PROBLEMS_6[code] ?? `code ${code}`} at ${pointer}`,
};

/** What an ICMP message says. */
export function icmpText(family: InternetFamily, { type, code, info }: ExtendedError): string {
  const text = (family === AF_INET ? TEXTS : TEXTS_6)[type];
  return text?.(code, info) ?? `ICMP type ${type} code ${code}`;
}
