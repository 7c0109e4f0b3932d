/** The kind of socket that a descriptor is of: what never changes about it, in one object for all sockets of
 *  a kind. */
import type { Target } from "../address/family.js";
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_SMC,
  AF_UNIX,
  CAN_J1939,
  IPPROTO_MPTCP,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../constants.generated.js";
import type { Face } from "./face.js";

const MESSAGE_TYPES: ReadonlySet<number> = new Set([SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW]);

export class Kind {
  readonly isTcp: boolean;
  /** TCP, MPTCP or SMC, which connect in the same way. */
  readonly connectsAsTcp: boolean;
  /** A one-to-many socket of SCTP: no event and no SO_ERROR tells what became of connect(2). */
  readonly isOneToMany: boolean;
  /** Whether `recv` has to tell that it stopped at control messages. On a Unix stream nothing else says that
   *  a short read was not for want of data. A face that never waits for an event need not know, and recv(2)
   *  costs less. */
  readonly tellsStops: boolean;
  /** A receiver cannot tell where one send ends and the next begins. */
  readonly isByteStream: boolean;
  /** A send goes whole or not at all (J1939 alone may cut it). */
  readonly keepsMessages: boolean;
  /** A send may be taken in part, so that the next has to have the rest: on a stream, and with J1939. */
  readonly mayCut: boolean;
  /** A read with MSG_WAITALL goes on until all is there. With SCTP it ends with the message. */
  readonly waitsForAll: boolean;
  /** A read with MSG_TRUNC may discard the bytes and only count them: on TCP (see tcp(7)), and streams like it. */
  readonly mayDiscard: boolean;

  constructor(
    readonly face: Face,
    readonly family: number,
    readonly type: number,
    readonly proto: number,
    /** What the kernel says the socket is: for a descriptor from elsewhere the caller may say something else. */
    own: Target = { family, type, proto },
  ) {
    const isStream = own.type === SOCK_STREAM;
    const isInternet = own.family === AF_INET || own.family === AF_INET6;
    this.isTcp = isStream && isInternet && (own.proto === 0 || own.proto === IPPROTO_TCP);
    this.connectsAsTcp = this.isTcp || own.proto === IPPROTO_MPTCP || own.family === AF_SMC;
    this.isOneToMany = own.type === SOCK_SEQPACKET && isInternet && own.proto === IPPROTO_SCTP;
    this.tellsStops = isStream && own.family === AF_UNIX && face.mode === "async";
    this.isByteStream = this.isTcp || this.tellsStops;
    this.keepsMessages = MESSAGE_TYPES.has(own.type);
    this.mayCut = isStream || (own.family === AF_CAN && own.proto === CAN_J1939);
    this.waitsForAll = isStream && own.proto !== IPPROTO_SCTP;
    this.mayDiscard = isStream && own.family !== AF_UNIX;
  }
}

let latest: Kind | null = null;

/** The same object for as long as sockets of one kind are made, as a listener's connections are. */
export function kindOf(face: Face, family: number, type: number, proto: number): Kind {
  if (
    latest === null ||
    latest.face !== face ||
    latest.family !== family ||
    latest.type !== type ||
    latest.proto !== proto
  ) {
    latest = new Kind(face, family, type, proto);
  }
  return latest;
}
