import {
  AF_INET,
  AF_INET6,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  inetNtop,
} from "berkeley";
import { echoTypes, readEcho } from "./icmp.js";

/** What there is to say about a packet, on a line or as JSON. */
export interface Summary {
  readonly kind: string;
  readonly src?: string;
  readonly dst?: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly what: string;
}

/** tcpdump's letters for TCP's flags, from the lowest bit. */
const FLAGS = ["F", "S", "R", "P", ".", "U", "E", "W"];

/** In tcpdump's form: for an echo there is a comma after ICMP6, and none after ICMP. */
function icmp(proto: number, body: Buffer): string {
  const isFour = proto === IPPROTO_ICMP;
  const { request, reply } = echoTypes(isFour ? AF_INET : AF_INET6);
  const name = isFour ? "ICMP" : "ICMP6,";
  const echo = readEcho(body);
  const length = `length ${body.length}`;
  if (echo !== null && (echo.type === request || echo.type === reply)) {
    const what = echo.type === request ? "request" : "reply";
    return `${name} echo ${what}, id ${echo.id}, seq ${echo.seq}, ${length}`;
  }
  return `${isFour ? "ICMP" : "ICMP6"} type ${body[0]} code ${body[1]}, ${length}`;
}

/** The kinds of address, Ethernet's and IPv4's, and their lengths. */
const ARP_ETHERNET_IPV4 = Buffer.from([0, 1, 8, 0, 6, 4]);

/** RFC 826 for Ethernet and IPv4: who asks for whom, and who is where. */
function arp(packet: Buffer): Summary {
  const mac = (at: number) => packet.toString("hex", at, at + 6).replace(/..(?!$)/g, "$&:");
  const src = inetNtop(AF_INET, packet.subarray(14, 18));
  const dst = inetNtop(AF_INET, packet.subarray(24, 28));
  const type = packet.readUInt16BE(6);
  const said = { 1: `Request who-has ${dst} tell ${src}`, 2: `Reply ${src} is-at ${mac(8)}` }[type];
  return { kind: "ARP", src, dst, what: `${said ?? `type ${type}`}, length ${packet.length}` };
}

type Ends = Pick<Summary, "kind" | "src" | "dst">;

function tcp(body: Buffer): string {
  const header = ((body[12] as number) >> 4) * 4;
  if (header < 20) return `bad header length ${header}: too short, < 20`;
  if (header > body.length) return `bad header length ${header}: too long, > ${body.length}`;
  const bits = body[13] as number;
  const flags = FLAGS.filter((_, at) => (bits >> at) & 1).join("");
  return `Flags [${flags || "none"}], length ${body.length - header}`;
}

function udp(length: number): string {
  return length < 8 ? `UDP, bad length ${length}: too short, < 8` : `UDP, length ${length - 8}`;
}

function transport(ends: Ends, proto: number, body: Buffer): Summary {
  const ports = () => ({ sport: body.readUInt16BE(0), dport: body.readUInt16BE(2) });
  if (proto === IPPROTO_TCP && body.length >= 20) {
    return { ...ends, ...ports(), what: tcp(body) };
  }
  if (proto === IPPROTO_UDP && body.length >= 8) {
    return { ...ends, ...ports(), what: udp(body.readUInt16BE(4)) };
  }
  if (proto === IPPROTO_SCTP && body.length >= 12) {
    return { ...ends, ...ports(), what: `SCTP, length ${body.length - 12}` };
  }
  if ((proto === IPPROTO_ICMP || proto === IPPROTO_ICMPV6) && body.length >= 4) {
    return { ...ends, what: icmp(proto, body) };
  }
  return { ...ends, what: `protocol ${proto}, length ${body.length}` };
}

function four(packet: Buffer): Summary {
  const header = ((packet[0] as number) & 0xf) * 4;
  const ends = {
    kind: "IP",
    src: inetNtop(AF_INET, packet.subarray(12, 16)),
    dst: inetNtop(AF_INET, packet.subarray(16, 20)),
  };
  if (header < 20) return { ...ends, what: `bad header length ${header}: too short, < 20` };
  const body = packet.subarray(header, packet.readUInt16BE(2) || packet.length);
  if ((packet.readUInt16BE(6) & 0x1fff) !== 0) {
    return { ...ends, what: `fragment, length ${body.length}` };
  }
  return transport(ends, packet[9] as number, body);
}

/** What follows an IPv6 header. A fragment has a header of its own; only in the first one do others
 *  follow. */
function behind(ends: Ends, next: number, body: Buffer): Summary {
  if (next !== IPPROTO_FRAGMENT || body.length < 8) return transport(ends, next, body);
  const part = body.subarray(8);
  if ((body.readUInt16BE(2) & 0xfff8) === 0) return transport(ends, body[0] as number, part);
  return { ...ends, what: `fragment, length ${part.length}` };
}

function six(packet: Buffer): Summary {
  const ends = {
    kind: "IP6",
    src: inetNtop(AF_INET6, packet.subarray(8, 24)),
    dst: inetNtop(AF_INET6, packet.subarray(24, 40)),
  };
  const length = packet.readUInt16BE(4);
  const body = packet.subarray(40, length === 0 ? packet.length : 40 + length);
  const next = packet[6] as number;
  // Options for each router on the way come before all else: reports of group membership have one.
  if (next === IPPROTO_HOPOPTS && body.length >= 8) {
    const options = ((body[1] as number) + 1) * 8;
    const said = behind(ends, body[0] as number, body.subarray(options));
    return { ...said, what: `HBH ${said.what}` };
  }
  return behind(ends, next, body);
}

/** The packet comes without its link's header. */
export function summary(ethertype: number, packet: Buffer): Summary {
  if (ethertype === ETH_P_IP && packet.length >= 20) return four(packet);
  if (ethertype === ETH_P_IPV6 && packet.length >= 40) return six(packet);
  const isArp = ethertype === ETH_P_ARP && packet.length >= 28;
  if (isArp && packet.subarray(0, 6).equals(ARP_ETHERNET_IPV4)) return arp(packet);
  const type = `0x${ethertype.toString(16).padStart(4, "0")}`;
  return { kind: `ethertype ${type}`, what: `length ${packet.length}` };
}

/** In tcpdump's form: `IP 127.0.0.1.40000 > 127.0.0.1.80: Flags [S], length 0`. */
export function summaryText({ kind, src, dst, sport, dport, what }: Summary): string {
  // ARP's text names both ends itself.
  if (src === undefined || dst === undefined || kind === "ARP") return `${kind}, ${what}`;
  const end = (host: string, port?: number) => (port === undefined ? host : `${host}.${port}`);
  return `${kind} ${end(src, sport)} > ${end(dst, dport)}: ${what}`;
}
