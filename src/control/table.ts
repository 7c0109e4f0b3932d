/** The table of control messages. A new one is a row here, and a line in types.ts. */
import {
  ALG_SET_AEAD_ASSOCLEN,
  ALG_SET_IV,
  ALG_SET_OP,
  IP_ORIGDSTADDR,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVFRAGSIZE,
  IP_TOS,
  IP_TTL,
  IPPROTO_TCP,
  IPV6_FLOWINFO,
  IPV6_HOPLIMIT,
  IPV6_ORIGDSTADDR,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_RECVFRAGSIZE,
  IPV6_TCLASS,
  NETLINK_PKTINFO,
  PACKET_AUXDATA,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SCM_TIMESTAMP,
  SCM_TIMESTAMPING,
  SCM_TIMESTAMPNS,
  SCM_TXTIME,
  SO_MARK,
  SO_RXQ_OVFL,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPNS_NEW,
  SOL_ALG,
  SOL_IP,
  SOL_IPV6,
  SOL_NETLINK,
  SOL_PACKET,
  SOL_SOCKET,
  SOL_UDP,
  TCP_CM_INQ,
  UDP_GRO,
  UDP_SEGMENT,
} from "../constants.generated.js";
import {
  algIv,
  auxdata,
  type Codec,
  type Decoder,
  descriptors,
  extendedError,
  flowInfo,
  inet6Address,
  inetAddress,
  int32,
  pktinfo,
  pktinfo6,
  timespec,
  timestamping,
  timeval,
  toldInt,
  toldUint,
  tos,
  ucred,
  uint16,
  uint32,
  uint64,
} from "./codecs.js";
import type { ControlInputName, ControlInputs, ControlName, ControlValues } from "./types.js";

interface Row<C> {
  readonly level: number;
  readonly type: number;
  readonly codec: C;
  /** The type that the same message has when another option has asked for it. */
  readonly alias?: number;
}

type Rows = {
  readonly [N in ControlName]: Row<
    N extends ControlInputName
      ? Codec<ControlValues[N], ControlInputs[N]>
      : Decoder<ControlValues[N]>
  >;
};

/** linux/socket.h has it since 6.5, and older headers lack it. */
const SCM_PIDFD = 4;

export const rows: Rows = {
  SCM_RIGHTS: { level: SOL_SOCKET, type: SCM_RIGHTS, codec: descriptors },
  SCM_CREDENTIALS: { level: SOL_SOCKET, type: SCM_CREDENTIALS, codec: ucred },
  SCM_PIDFD: { level: SOL_SOCKET, type: SCM_PIDFD, codec: toldInt },
  SCM_TIMESTAMP: {
    level: SOL_SOCKET,
    type: SCM_TIMESTAMP,
    alias: SO_TIMESTAMP_NEW,
    codec: timeval,
  },
  SCM_TIMESTAMPNS: {
    level: SOL_SOCKET,
    type: SCM_TIMESTAMPNS,
    alias: SO_TIMESTAMPNS_NEW,
    codec: timespec,
  },
  SCM_TIMESTAMPING: {
    level: SOL_SOCKET,
    type: SCM_TIMESTAMPING,
    alias: SO_TIMESTAMPING_NEW,
    codec: timestamping,
  },
  SCM_TXTIME: { level: SOL_SOCKET, type: SCM_TXTIME, codec: uint64 },
  SO_RXQ_OVFL: { level: SOL_SOCKET, type: SO_RXQ_OVFL, codec: toldUint },
  SO_MARK: { level: SOL_SOCKET, type: SO_MARK, codec: uint32 },
  IP_PKTINFO: { level: SOL_IP, type: IP_PKTINFO, codec: pktinfo },
  IP_TTL: { level: SOL_IP, type: IP_TTL, codec: int32 },
  IP_TOS: { level: SOL_IP, type: IP_TOS, codec: tos },
  IP_RECVFRAGSIZE: { level: SOL_IP, type: IP_RECVFRAGSIZE, codec: toldInt },
  IP_RECVERR: { level: SOL_IP, type: IP_RECVERR, codec: extendedError },
  IP_ORIGDSTADDR: { level: SOL_IP, type: IP_ORIGDSTADDR, codec: inetAddress },
  IPV6_PKTINFO: { level: SOL_IPV6, type: IPV6_PKTINFO, codec: pktinfo6 },
  IPV6_HOPLIMIT: { level: SOL_IPV6, type: IPV6_HOPLIMIT, codec: int32 },
  IPV6_TCLASS: { level: SOL_IPV6, type: IPV6_TCLASS, codec: int32 },
  IPV6_FLOWINFO: { level: SOL_IPV6, type: IPV6_FLOWINFO, codec: flowInfo },
  IPV6_RECVFRAGSIZE: { level: SOL_IPV6, type: IPV6_RECVFRAGSIZE, codec: toldInt },
  IPV6_RECVERR: { level: SOL_IPV6, type: IPV6_RECVERR, codec: extendedError },
  IPV6_ORIGDSTADDR: { level: SOL_IPV6, type: IPV6_ORIGDSTADDR, codec: inet6Address },
  UDP_SEGMENT: { level: SOL_UDP, type: UDP_SEGMENT, codec: uint16 },
  UDP_GRO: { level: SOL_UDP, type: UDP_GRO, codec: toldInt },
  TCP_INQ: { level: IPPROTO_TCP, type: TCP_CM_INQ, codec: toldInt },
  PACKET_AUXDATA: { level: SOL_PACKET, type: PACKET_AUXDATA, codec: auxdata },
  NETLINK_PKTINFO: { level: SOL_NETLINK, type: NETLINK_PKTINFO, codec: toldUint },
  ALG_SET_OP: { level: SOL_ALG, type: ALG_SET_OP, codec: uint32 },
  ALG_SET_IV: { level: SOL_ALG, type: ALG_SET_IV, codec: algIv },
  ALG_SET_AEAD_ASSOCLEN: { level: SOL_ALG, type: ALG_SET_AEAD_ASSOCLEN, codec: uint32 },
};

/** Types are small numbers, so that one number can stand for both. */
const keyOf = (level: number, type: number): number => level * 2 ** 32 + type;

const names = new Map<number, ControlName>();
for (const [name, { level, type, alias }] of Object.entries(rows) as [
  ControlName,
  Row<unknown>,
][]) {
  names.set(keyOf(level, type), name);
  if (alias !== undefined) names.set(keyOf(level, alias), name);
}

/** The name of a control message, if it has a row. */
export function nameOf(level: number, type: number): ControlName | undefined {
  return names.get(keyOf(level, type));
}

/** The row of a name, if there is one. */
export function rowOf(name: unknown): Row<unknown> | undefined {
  const isName = typeof name === "string" && Object.hasOwn(rows, name);
  return isName ? rows[name as ControlName] : undefined;
}
