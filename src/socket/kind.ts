/** What kind of socket a descriptor is of: what never changes, in one object for all of a kind. */
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
  /** TCP, and MPTCP and SMC, whose connect(2) is the same. */
  readonly connectsAsTcp: boolean;
  /** SCTP's one to many: no event and no SO_ERROR tells what came of connect(2). */
  readonly isOneToMany: boolean;
  /** Whether `recv` is to say that it stopped at control messages: of a Unix stream, which would else not know that
   *  a short read is no end. A face that never waits for an event need not know, and recv(2) costs less. */
  readonly tellsStops: boolean;
  /** Where one send ends and the next begins is nothing that a receiver could tell. */
  readonly isByteStream: boolean;
  /** A send goes whole or not at all, but J1939's. */
  readonly keepsMessages: boolean;
  /** A send may take the message in part, and the next is to have the rest: of a stream, and of J1939. */
  readonly mayCut: boolean;
  /** A read with MSG_WAITALL goes on until all is there. That of SCTP ends with the message. */
  readonly waitsForAll: boolean;
  /** A read with MSG_TRUNC may throw the bytes away and count them: of TCP (see tcp(7)), and of what is like it. */
  readonly mayDiscard: boolean;

  constructor(
    readonly face: Face,
    readonly family: number,
    readonly type: number,
    readonly proto: number,
    /** What the kernel says that it is: of a descriptor from elsewhere the caller may say something else. */
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

/** One object for as long as sockets of one kind are made, as a listener's connections are. */
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
