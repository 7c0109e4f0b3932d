import {
  AF_INET,
  AF_INET6,
  BPF_B,
  BPF_H,
  BPF_IND,
  BPF_JGE,
  BPF_JGT,
  BPF_JSET,
  BPF_LD,
  BPF_LDX,
  BPF_LEN,
  BPF_MSH,
  BPF_W,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  ETH_P_RARP,
  getservbyname,
  IPPROTO_FRAGMENT,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  inetPton,
  SKF_AD_OFF,
  SKF_AD_PROTOCOL,
  SKF_NET_OFF,
  SocketError,
} from "berkeley";
import { and, at, is, type Load, masked, type Node, not, or } from "./bpf.js";
import { Failure } from "./failure.js";
import { printable } from "./show.js";

/** Offsets from here on count from the network header, whatever the link's header is. */
const NET = SKF_NET_OFF;
/** Where the kernel gives the EtherType. */
const ETHERTYPE = SKF_AD_OFF + SKF_AD_PROTOCOL;

const isIp = is([at(BPF_H, ETHERTYPE)], ETH_P_IP);
const isIp6 = is([at(BPF_H, ETHERTYPE)], ETH_P_IPV6);
const isArp = is([at(BPF_H, ETHERTYPE)], ETH_P_ARP);
const isRarp = is([at(BPF_H, ETHERTYPE)], ETH_P_RARP);
const carries = (proto: number) => and(isIp, is([at(BPF_B, NET + 9)], proto));
const carries6 = (proto: number) => and(isIp6, is([at(BPF_B, NET + 6)], proto));
/** For IPv6 also within a fragment: the fragment's header then comes first. */
const isFragment6 = carries6(IPPROTO_FRAGMENT);
const within6 = (proto: number) =>
  or(carries6(proto), and(isFragment6, is([at(BPF_B, NET + 40)], proto)));
const either = (proto: number) => or(carries(proto), within6(proto));

/** Maps, since the words come from the user: an object would find `constructor`, too. */
export const PROTOCOLS: ReadonlyMap<string, Node> = new Map([
  ["ip", isIp],
  ["ip6", isIp6],
  ["arp", isArp],
  ["tcp", either(IPPROTO_TCP)],
  ["udp", either(IPPROTO_UDP)],
  ["sctp", either(IPPROTO_SCTP)],
  ["icmp", carries(IPPROTO_ICMP)],
  ["icmp6", within6(IPPROTO_ICMPV6)],
]);

const PORT_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["tcp", IPPROTO_TCP],
  ["udp", IPPROTO_UDP],
  ["sctp", IPPROTO_SCTP],
]);

export type Side = "src" | "dst" | "either" | "both";

function bySide(side: Side, src: Node, dst: Node): Node {
  if (side === "src") return src;
  if (side === "dst") return dst;
  return side === "both" ? and(src, dst) : or(src, dst);
}

/** Only a packet's first fragment has ports. */
const isFirst = not(is([at(BPF_H, NET + 6)], 0x1fff, BPF_JSET));
const headerBytes: Load = { code: BPF_LDX | BPF_B | BPF_MSH, k: NET };
const behind = (offset: number): Load => ({ code: BPF_LD | BPF_H | BPF_IND, k: NET + offset });

function within(loads: readonly Load[], from: number, to: number): Node {
  return from === to ? is(loads, from) : and(is(loads, from, BPF_JGE), not(is(loads, to, BPF_JGT)));
}

function ports(side: Side, from: number, to: number, protos: readonly number[]): Node {
  const any = (one: (proto: number) => Node) => protos.map(one).reduce(or);
  const ends = (src: Load[], dst: Load[]) =>
    bySide(side, within(src, from, to), within(dst, from, to));
  const four = ends([headerBytes, behind(0)], [headerBytes, behind(2)]);
  const six = ends([at(BPF_H, NET + 40)], [at(BPF_H, NET + 42)]);
  return or(and(any(carries), and(isFirst, four)), and(any(carries6), six));
}

const PORT = "a port is a number from 0 to 65535, or a name in /etc/services";

function portNumber(text: string, proto: string): number | null {
  if (/^\d+$/.test(text)) return Number(text) <= 65535 ? Number(text) : null;
  try {
    return getservbyname(text, proto);
  } catch (error) {
    if (error instanceof SocketError) return null;
    throw error;
  }
}

/** `port 80`, `port http`, or `portrange 20-25`: of `proto`, or of every protocol that has the port. A
 *  name may stand for another number in another protocol, or for none at all. */
export function portPrimitive(proto: string, side: Side, text: string, isRange: boolean): Node {
  if (proto !== "" && !PORT_PROTOCOLS.has(proto)) {
    throw new Failure(`filter: ${proto} has no ports: only tcp, udp and sctp have`);
  }
  const [first = "", last = first] = isRange ? text.split("-", 2) : [text];
  // Keyed by the range: a number is the same in every protocol, and is tested only once.
  const found = new Map<string, { from: number; to: number; protos: number[] }>();
  for (const [name, number] of PORT_PROTOCOLS) {
    const [from, to] = [portNumber(first, name), portNumber(last, name)];
    if ((proto !== "" && proto !== name) || from === null || to === null) continue;
    if (from > to) throw new Failure(`filter: the range ${printable(text)} ends before it begins`);
    const row = found.get(`${from}-${to}`) ?? { from, to, protos: [] };
    found.set(`${from}-${to}`, row);
    row.protos.push(number);
  }
  const nodes = [...found.values()].map(({ from, to, protos }) => ports(side, from, to, protos));
  if (nodes.length > 0) return nodes.reduce(or);
  const what = text === "" ? "a port is missing" : `"${printable(text)}" is not a port`;
  throw new Failure(
    `filter: ${what}: ${isRange ? "a range is two of them, such as 20-25; " : ""}${PORT}`,
  );
}

/** Compares the first `bits` of an address: at least one. */
function words(offset: number, address: Buffer, bits: number): Node {
  const parts: Node[] = [];
  for (let byte = 0; byte * 8 < bits; byte += 4) {
    const load = at(BPF_W, offset + byte);
    const rest = bits - byte * 8;
    const loads = rest >= 32 ? [load] : [load, masked(-1 << (32 - rest))];
    parts.push(is(loads, address.readUInt32BE(byte)));
  }
  return parts.reduce(and);
}

/** The protocols that carry no address of so many bytes: such a filter would match nothing. */
const WITHOUT: Readonly<Record<number, readonly string[]>> = {
  4: ["ip6", "icmp6"],
  16: ["ip", "arp", "icmp"],
};

function place(proto: string, side: Side, address: Buffer, bits: number): Node {
  if (WITHOUT[address.length]?.includes(proto)) {
    const version = address.length === 4 ? 4 : 6;
    throw new Failure(`filter: ${proto} has no IPv${version} addresses`);
  }
  const of = (family: Node, src: number, dst: number) =>
    bits === 0
      ? family
      : and(family, bySide(side, words(NET + src, address, bits), words(NET + dst, address, bits)));
  const four = () => [of(isIp, 12, 16), of(isArp, 14, 24), of(isRarp, 14, 24)].reduce(or);
  const node = address.length === 16 ? of(isIp6, 8, 24) : four();
  return proto === "" ? node : and(PROTOCOLS.get(proto) as Node, node);
}

function parseAddress(text: string): Buffer | null {
  try {
    return inetPton(text.includes(":") ? AF_INET6 : AF_INET, text);
  } catch (error) {
    if (error instanceof SocketError) return null;
    throw error;
  }
}

/** `host ADDRESS`. */
export function hostPrimitive(proto: string, side: Side, text: string): Node {
  const address = parseAddress(text);
  if (address !== null) return place(proto, side, address, address.length * 8);
  const what = text === "" ? "an address is missing" : `"${printable(text)}" is not an address`;
  throw new Failure(`filter: ${what} (names are not looked up)`);
}

/** `net 10.0.0.0/8`. As in tcpdump, `net 10` is the same, and an address alone means that host. */
export function netPrimitive(proto: string, side: Side, text: string): Node {
  const [, start = "", bitsText] = /^([\da-f.:]+)(?:\/(\d+))?$/i.exec(text) ?? [];
  const isShort = /^\d+(\.\d+){0,2}$/.test(start);
  const given = start.split(".").length;
  const address = parseAddress(isShort ? start + ".0".repeat(4 - given) : start);
  if (address === null) {
    throw new Failure(
      `filter: "${printable(text)}" is not a network, such as 10.0.0.0/8 or fe80::/10`,
    );
  }
  const most = address.length * 8;
  const bits = bitsText === undefined ? (isShort ? given * 8 : most) : Number(bitsText);
  if (bits > most) throw new Failure(`filter: ${text}: a prefix has at most ${most} bits`);
  const bitAt = (at: number) => ((address[at >> 3] as number) >> (7 - (at & 7))) & 1;
  for (let at = bits; at < most; at++) {
    if (bitAt(at) === 1) {
      throw new Failure(`filter: ${text}: bits after the first ${bits} are not 0`);
    }
  }
  return place(proto, side, address, bits);
}

/** `greater 100` and `less 64`: as the kernel counts, including the link's header if it is captured. */
export function lengthPrimitive(word: string, text: string): Node {
  const bytes = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(bytes <= 0xffffffff)) throw new Failure(`filter: ${word} needs a number of bytes`);
  const length: Load = { code: BPF_LD | BPF_W | BPF_LEN, k: 0 };
  return word === "greater" ? is([length], bytes, BPF_JGE) : not(is([length], bytes, BPF_JGT));
}
