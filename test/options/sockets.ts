/** A socket that fits each row of the table of options, and what the machine may lack for it. */
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_TIPC,
  AF_VSOCK,
  CAN_RAW,
  ETH_P_ALL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_RAW,
  IPPROTO_SCTP,
  IPPROTO_UDPLITE,
  NETLINK_ROUTE,
  type OptionRow,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SocketError,
} from "berkeley";
import { type Socket, socket, socketpair } from "berkeley/sync";
import { without } from "../support/peers.js";

/** RFC 3692 keeps this protocol number for experiments: the kernel has no mind of its own on it. */
const IPPROTO_EXPERIMENT = 253;

function unixPair(): Socket {
  const [one, other] = socketpair();
  other.close();
  return one;
}

function connected(family: number): Socket {
  const one = socket(family, SOCK_DGRAM);
  one.connect([family === AF_INET ? "127.0.0.1" : "::1", 9]);
  return one;
}

function capture(): Socket {
  const one = socket(AF_PACKET, SOCK_RAW);
  one.bind(["lo", ETH_P_ALL]);
  return one;
}

const ofLevel: Record<string, () => Socket> = {
  SOL_SOCKET: () => socket(),
  IPPROTO_IP: () => socket(AF_INET, SOCK_DGRAM),
  IPPROTO_IPV6: () => socket(AF_INET6, SOCK_DGRAM),
  IPPROTO_TCP: () => socket(),
  IPPROTO_UDP: () => socket(AF_INET, SOCK_DGRAM),
  IPPROTO_UDPLITE: () => socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
  SOL_RAW: () => socket(AF_INET, SOCK_RAW, IPPROTO_ICMP),
  IPPROTO_ICMPV6: () => socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
  SOL_PACKET: () => socket(AF_PACKET, SOCK_RAW),
  SOL_NETLINK: () => socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
  AF_VSOCK: () => socket(AF_VSOCK, SOCK_STREAM),
  SOL_CAN_RAW: () => socket(AF_CAN, SOCK_RAW, CAN_RAW),
  SOL_TIPC: () => socket(AF_TIPC, SOCK_RDM),
  IPPROTO_SCTP: () => socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP),
};

const raw4 = () => socket(AF_INET, SOCK_RAW, IPPROTO_EXPERIMENT);
const raw6 = () => socket(AF_INET6, SOCK_RAW, IPPROTO_EXPERIMENT);

const ofName: Record<string, () => Socket> = {
  IP_HDRINCL: raw4,
  IP_NODEFRAG: raw4,
  IP_ROUTER_ALERT: raw4,
  IP_MTU: () => connected(AF_INET),
  SO_ORIGINAL_DST: () => socket(),
  IP6T_SO_ORIGINAL_DST: () => socket(AF_INET6),
  IPV6_CHECKSUM: raw6,
  IPV6_HDRINCL: raw6,
  IPV6_MTU: () => connected(AF_INET6),
  IPV6_ROUTER_ALERT: () => socket(AF_INET6, SOCK_RAW, IPPROTO_RAW),
  PACKET_FANOUT: capture,
  SCTP_AUTOCLOSE: () => socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP),
  TIPC_NODELAY: () => socket(AF_TIPC, SOCK_STREAM),
};

/** What a kernel without the family or the protocol says. */
const lacking = ["EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT"];

/** A socket for the option, or why there is none here. */
export function fittingSocket(row: OptionRow): Socket | string {
  const make = row.man === "unix(7)" ? unixPair : (ofName[row.name] ?? ofLevel[row.level]);
  if (make === undefined) throw new Error(`no socket is known that ${row.name} fits`);
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    if (error.code === "EPERM") return "raw and packet sockets need CAP_NET_RAW";
    if (error.code === "EADDRNOTAVAIL" && without.ipv6) return String(without.ipv6);
    if (lacking.includes(error.code)) return `this kernel has no socket for ${row.level}`;
    throw error;
  }
}
