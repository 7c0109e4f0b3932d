/** connect(2). If it has to wait it is several calls: connect(2), then the wait until the socket is writable,
 * then SO_ERROR (for TCP, and for SCTP's one-to-many sockets: connect(2) again). */
import * as os from "node:os";
import {
  AF_UNIX,
  EPOLLOUT,
  IPPROTO_SCTP,
  SCTP_GET_PEER_ADDR_INFO,
  SO_ERROR,
  SOL_SOCKET,
} from "../../constants.generated.js";
import { native, VALUES, words } from "../../native.js";
import { ensureNonblock } from "../nonblock.js";
import { backOff, type Call, NO_PORT, type Request, WRITE } from "../request.js";
import { setPeer } from "./send.js";

const { EAGAIN, EALREADY, ECONNREFUSED, EINPROGRESS, EINTR, EINVAL, EISCONN } = os.constants.errno;

/** An address of AF_UNSPEC: to connect(2) to it undoes what was begun. */
const NOWHERE = new Uint8Array(16);

/** struct sctp_paddrinfo: the association's number, the sockaddr by which it is asked for, and its state. */
const PEER_INFO_SIZE = 152;
const PEER_INFO_ADDRESS = 4;

/** The stages, in `request.progress`. */
const CALLED = 1;
/** The same, but a signal ended the call before the time of SO_SNDTIMEO was over. */
const INTERRUPTED = 2;
/** The call waits for a connection that an earlier call began. */
const JOINED = 3;

function connect(fd: number, { descriptor, address }: Request): number {
  ensureNonblock(descriptor);
  return native.connect(fd, address as Uint8Array);
}

/** The outcome of a connection under way. poll(2) is asked first: the event that led here may be older than
 *  the call. */
function outcome(fd: number): number {
  const events = native.poll(fd, EPOLLOUT, 0);
  if (events === 0) return -EAGAIN;
  if (events < 0) return events;
  return errorOf(fd);
}

/** SO_ERROR, in the form of a call's result. */
function errorOf(fd: number): number {
  const rc = native.getsockoptInt(fd, SOL_SOCKET, SO_ERROR);
  return rc < 0 ? rc : 0 - (words[VALUES] as number); // not -0, which connectEx would give
}

/** TCP's outcome, by the same call again. SO_ERROR would tell of success, too, but leave Linux's socket in
 *  'connecting', so that the caller's next connect would give 0. An error is asked for first: after
 *  shutdown(2) has ended the connection, the same call would begin it anew. */
function outcomeOfTcp(fd: number, request: Request): number {
  const refusal = refusalOf(fd);
  if (refusal !== -EAGAIN) return refusal;
  const rc = connect(fd, request);
  if (rc === -EALREADY || rc === -EINPROGRESS || rc === -EINTR) return -EAGAIN;
  return rc === -EISCONN ? 0 : rc;
}

/** The error that ended a connection although TCP goes on with it; -EAGAIN if there is none. A refusal that
 *  comes while connect(2) is under way, as from a firewall on this machine, does not end it, and SO_ERROR
 *  alone tells of it. */
function refusalOf(fd: number): number {
  const error = errorOf(fd);
  if (error === 0) return -EAGAIN;
  native.connect(fd, NOWHERE); // as after any other refusal: the next connect may try another address
  return error;
}

/** The outcome of one association of a socket that has many. Since the socket is writable all along, it is
 *  looked for from time to time. An association that has failed is gone, and the same call would begin it
 *  anew. */
function outcomeOfAssociation(fd: number, request: Request): number {
  const info = new Uint8Array(PEER_INFO_SIZE);
  info.set(request.address as Uint8Array, PEER_INFO_ADDRESS);
  const found = native.getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, info);
  if (found === -EINVAL) return -ECONNREFUSED;
  const rc = connect(fd, request);
  if (rc === -EALREADY || rc === -EINPROGRESS || rc === -EINTR) return backOff(request);
  return rc === -EISCONN ? 0 : rc;
}

/** The outcome of a connection that an earlier attempt, or another call, began. */
function outcomeNow(fd: number, request: Request): number {
  const { kind } = request.descriptor;
  if (kind.isOneToMany) return outcomeOfAssociation(fd, request);
  return kind.connectsAsTcp ? outcomeOfTcp(fd, request) : outcome(fd);
}

function attempt(fd: number, request: Request): number {
  const { descriptor } = request;
  if (request.progress >= CALLED) return outcomeNow(fd, request);
  const rc = connect(fd, request);
  if ((rc === -EINPROGRESS && descriptor.timeout !== 0) || rc === -EINTR) {
    request.progress = rc === -EINTR ? INTERRUPTED : CALLED;
    return descriptor.kind.isOneToMany ? outcomeNow(fd, request) : -EAGAIN;
  }
  // As a blocking call does, wait for the connection that is under way.
  if (rc === -EALREADY && descriptor.timeout === null) {
    request.progress = JOINED;
    return descriptor.kind.isOneToMany ? backOff(request) : -EAGAIN;
  }
  // The listener's backlog is full.
  if (rc === -EAGAIN && descriptor.family === AF_UNIX) return backOff(request);
  return rc === -EAGAIN ? NO_PORT : rc;
}

export const CONNECT = {
  syscall: "connect",
  direction: WRITE,
  prepare: (request, address) => setPeer("connect", request, address),
  attempt,
  result: () => undefined,
  isCutShort: ({ progress }) => progress === INTERRUPTED,
  atLimit: ({ progress }) =>
    progress === 0 ? -EAGAIN : progress === JOINED ? -EALREADY : -EINPROGRESS,
} satisfies Call<void>;

export const CONNECT_EX: Call<number> = {
  ...CONNECT,
  name: "connectEx",
  prepare: (request, address) => setPeer("connectEx", request, address),
  result: () => 0,
  failed: (errno) => (errno === -NO_PORT ? EAGAIN : errno),
};
