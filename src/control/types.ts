/** What the usual control messages say, as types: by the C name of the message, what it is decoded
 * to, and what it is made of. */

import type { Ucred } from "../ucred.js";

/** When the kernel, or the network card, saw a packet, in nanoseconds; `null` if that was not
 * asked for. The card has a clock of its own. */
export interface Timestamps {
  software: bigint | null;
  hardware: bigint | null;
}

/** struct in_pktinfo: the interface that a packet arrived on, the local address to answer from, and the
 * destination address in its header. */
export interface PacketInfo {
  ifindex: number;
  specDst: string;
  addr: string;
}

/** struct in6_pktinfo: the destination address in the packet's header, and the interface. */
export interface PacketInfo6 {
  addr: string;
  ifindex: number;
}

/** struct sock_extended_err: why a packet was not delivered, or what else the error queue reports. */
export interface ExtendedError {
  /** Positive, as in the struct: one of `os.constants.errno`. */
  errno: number;
  /** `SO_EE_ORIGIN_ICMP`, … */
  origin: number;
  /** Of the ICMP message. */
  type: number;
  code: number;
  /** The next hop's MTU for EMSGSIZE, `SCM_TSTAMP_*` for a timestamp. */
  info: number;
  data: number;
  /** Who sent the ICMP message: an address of the socket's family, or `null`. */
  offender:
    | [host: string, port: number]
    | [host: string, port: number, flowinfo: number, scopeId: number]
    | null;
}

/** struct tpacket_auxdata: lengths in bytes; see packet(7). */
export interface PacketAuxdata {
  status: number;
  len: number;
  snaplen: number;
  mac: number;
  net: number;
  vlanTci: number;
  vlanTpid: number;
}

/** What each control message, by its name, is decoded to. */
export interface ControlValues {
  /** Descriptors, which the receiver has to close; close-on-exec. */
  SCM_RIGHTS: number[];
  SCM_CREDENTIALS: Ucred;
  /** A descriptor of the sender's process, which the receiver has to close: pidfd_open(2). */
  SCM_PIDFD: number;
  /** Nanoseconds since 1970, exact to the microsecond. */
  SCM_TIMESTAMP: bigint;
  /** Nanoseconds since 1970. */
  SCM_TIMESTAMPNS: bigint;
  SCM_TIMESTAMPING: Timestamps;
  /** When to send: nanoseconds of the clock that `SO_TXTIME` names. */
  SCM_TXTIME: bigint;
  /** Packets that the socket has dropped so far. */
  SO_RXQ_OVFL: number;
  SO_MARK: number;
  IP_PKTINFO: PacketInfo;
  /** Hops left. */
  IP_TTL: number;
  /** The whole byte; the lowest two bits are ECN. */
  IP_TOS: number;
  /** The length of the longest fragment that it came in, in bytes. */
  IP_RECVFRAGSIZE: number;
  IP_RECVERR: ExtendedError;
  /** The packet's destination before it was redirected here. */
  IP_ORIGDSTADDR: [host: string, port: number];
  IPV6_PKTINFO: PacketInfo6;
  /** Hops left. */
  IPV6_HOPLIMIT: number;
  /** The whole byte; the lowest two bits are ECN. */
  IPV6_TCLASS: number;
  /** Traffic class and flow label: the header's first word without the version. */
  IPV6_FLOWINFO: number;
  /** The length of the longest fragment that it came in, in bytes. */
  IPV6_RECVFRAGSIZE: number;
  IPV6_RECVERR: ExtendedError;
  IPV6_ORIGDSTADDR: [host: string, port: number, flowinfo: number, scopeId: number];
  /** The length of each datagram that the buffer is cut into, in bytes. */
  UDP_SEGMENT: number;
  /** The length of each datagram that the buffer was put together from, in bytes; the last may be shorter. */
  UDP_GRO: number;
  /** How many bytes wait to be read. */
  TCP_INQ: number;
  PACKET_AUXDATA: PacketAuxdata;
  /** The multicast group that a netlink message was sent to. */
  NETLINK_PKTINFO: number;
  /** `ALG_OP_ENCRYPT` or `ALG_OP_DECRYPT`. */
  ALG_SET_OP: number;
  ALG_SET_IV: Buffer;
  /** How many bytes of associated data come before the message. */
  ALG_SET_AEAD_ASSOCLEN: number;
}

/** What each control message that can be sent is made from, by its name. */
export interface ControlInputs {
  SCM_RIGHTS: readonly number[];
  SCM_CREDENTIALS: Readonly<Ucred>;
  SCM_TXTIME: bigint;
  SO_MARK: number;
  /** The kernel chooses what is left out. */
  IP_PKTINFO: { ifindex?: number | undefined; specDst?: string | undefined };
  IP_TTL: number;
  IP_TOS: number;
  /** The kernel chooses what is left out. */
  IPV6_PKTINFO: { addr?: string | undefined; ifindex?: number | undefined };
  IPV6_HOPLIMIT: number;
  IPV6_TCLASS: number;
  UDP_SEGMENT: number;
  ALG_SET_OP: number;
  ALG_SET_IV: Uint8Array;
  ALG_SET_AEAD_ASSOCLEN: number;
}

/** The C name of a message that `decodeControl` knows. */
export type ControlName = keyof ControlValues;
/** The C name of a message that can be sent. */
export type ControlInputName = keyof ControlInputs;

/** A control message that `decodeControl` knows: `switch (message.name)` tells TypeScript the type of its value. */
export type KnownControl = {
  [N in ControlName]: { name: N; level: number; type: number; value: ControlValues[N] };
}[ControlName];

/** A control message that it does not know, or that was cut short (`MSG_CTRUNC`). */
export interface UnknownControl {
  name: null;
  level: number;
  type: number;
  data: Buffer;
}

/** What `decodeControl` returns. */
export type ControlMessage = KnownControl | UnknownControl;
