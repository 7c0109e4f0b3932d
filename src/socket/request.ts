/** One call under way: its arguments, how far it has come, and who waits for it. */
import * as os from "node:os";
import type { Lookup } from "../address/family.js";
import { decodeShared } from "../address/index.js";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  EPOLLERR,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  MSG_DONTWAIT,
  MSG_OOB,
  SOCK_DGRAM,
} from "../constants.generated.js";
import type { AncillaryMessage } from "../control/wire.js";
import type { Where } from "../errors.js";
import { native, type ReadForm } from "../native.js";
import type { Descriptor } from "./descriptor.js";
import type { Limit } from "./limit.js";

const { EAGAIN } = os.constants.errno;

/** What a call waits for. Errors (the error queue) are a direction of their own: that it is empty
 *  says nothing of the data. */
export const READ = 0;
export const WRITE = 1;
export const ERROR = 2;
export type Direction = typeof READ | typeof WRITE | typeof ERROR;

/** What poll(2) is asked for one who waits. */
export function eventsOf({ direction, progress }: Request): number {
  if (direction !== READ) return direction === WRITE ? EPOLLOUT : EPOLLERR;
  return progress > 0 ? EPOLLIN | EPOLLPRI : EPOLLIN; // urgent data ends what has begun
}

/** An attempt's answer: not now, again after `request.backoffMs` (0: in the loop's next turn).
 *  No errno has this number. */
export const LATER = -100_000;

/** Another: EAGAIN that ends a call that may wait, too, since no port is free and no event tells of one. No errno has this
 *  number, either. */
export const NO_PORT = -1000;

/** What a socket call is. Each stands once, as a row: both faces run the same rows and differ
 *  only in how they wait when an attempt gives -EAGAIN. */
export interface Call<T> {
  /** The name in errors. */
  readonly syscall: string;
  /** What the program calls, where that is another name: of errors that come before the system call. */
  readonly name?: string;
  readonly direction: Direction;
  /** Checks the arguments and keeps them in the request. */
  prepare(request: Request, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown): void;
  /** Makes the system call: its result, a negative errno, LATER or NO_PORT. Called again when ready. */
  attempt(fd: number, request: Request): number;
  /** What the caller gets for a result >= 0. */
  result(rc: number, request: Request): T;
  /** Nothing is asked for where `request.size` is 0: the result is 0, without a system call. */
  readonly skipsEmpty?: boolean;
  /** Whether the call comes before the wait even where the last one met EAGAIN: it may fail whether there is anything to
   *  read or not. */
  isEager?(request: Request): boolean;
  /** Takes connections: where somebody listens, every other read fails at once. */
  readonly accepts?: boolean;
  /** Whether the call outlives that the poller has no room for it (a negative errno): it is made again, after
   *  `request.backoffMs`. */
  outlives?(rc: number, request: Request): boolean;
  /** Whether a call that holds the thread was ended by a signal, and not by the kernel's own limit: what it began goes on. */
  isCutShort?(request: Request): boolean;
  /** What the kernel's own limit of a blocking call comes to, if not -EAGAIN. */
  atLimit?(request: Request): number;
  /** As much as the poller may read for the call in place of an attempt, without flags; 0: it takes an attempt. */
  aheadSize?(request: Request): number;
  /** How such a read is made, if not by recv(2): BY_RECV_INTO reads into `request.bytes`. */
  readonly readForm?: ReadForm;
  /** What the caller gets for such a read, which asked for `size` bytes. */
  readAhead?(rc: number, size: number, descriptor: Descriptor): unknown;
  /** Of what is send(2) of `request.bytes`, so that it can be put off: notes that it took `rc` of them, and says
   *  whether the call is over. */
  sent?(rc: number, request: Request): boolean;
  /** What is sent in place of `request.bytes`, one behind the other; null where send(2) would not do. */
  parts?(request: Request): readonly Uint8Array[] | null;
  /** May be one system call with others of its kind on the same stream, made right before and behind it. */
  readonly joins?: boolean;
  /** What the caller gets in place of an error. */
  failed?(errno: number): T;
  /** What a read gives where reading was shut down and nothing is left, if not 0. */
  readonly ended?: number;
  /** What the caller gets when the socket is closed while the call waits, in place of EBADF. */
  closed?(): T;
  /** What the call has in hand when it is aborted or out of time: if > 0, that is its result and no error is, so
   *  that no byte is lost. */
  partial?(request: Request): number;
  /** When the call last came further, of one whose timeout is each wait's and not the whole call's. */
  movedMs?(request: Request): number;
  /** Says on an error how far the call had come. */
  mark?(error: object, request: Request): void;
}

/** A call to or from a peer that is as fast yields to the event loop behind so many bytes: about a
 *  millisecond. */
export const BURST_BYTES = 4 * 1024 * 1024;

/** Of a Unix socket whose peer has no room, no event says when there is some: the call is made
 *  again after 1 ms, 2 ms, … at most 50 ms. */
const BACKOFF_FIRST_MS = 1;
const BACKOFF_MAX_MS = 50;

/** LATER, longer each time. */
export function backOff(
  request: Request,
  firstMs = BACKOFF_FIRST_MS,
  maxMs = BACKOFF_MAX_MS,
): typeof LATER {
  request.backoffMs = Math.min(request.backoffMs * 2 || firstMs, maxMs);
  return LATER;
}

/** What a send gives for EAGAIN. Of a Unix socket the queue of a receiver may be full that is not the socket's own peer, and of
 *  netlink that of any receiver: no event tells of room there. */
export function noRoom(request: Request, hasAddress: boolean): number {
  const { descriptor } = request;
  const { family, timeout } = descriptor;
  if (family === AF_NETLINK || (family === AF_UNIX && hasAddress)) return backOff(request);
  if (!lacksPort(descriptor)) return -EAGAIN;
  return timeout === null ? NO_PORT : backOff(request);
}

/** Whether EAGAIN of a send says that no port is free, for a socket that has none yet. */
function lacksPort({ fd, family, type, proto }: Descriptor): boolean {
  if (type !== SOCK_DGRAM || (family !== AF_INET && family !== AF_INET6)) return false;
  if (native.getsockname(fd) < 0) return false;
  const [, port] = decodeShared(proto) as [string, number];
  return port === 0;
}

/** Whether the last call's EAGAIN says nothing of this one: the kernel fails one for urgent data at once, where there is none,
 *  and one for what a socket of its kind does not have: connections, or data. Where nobody waits for room any more, who sends
 *  may send to another receiver of a Unix socket, or what is refused before there is a look for room (EMSGSIZE). */
export function isEager(request: Request): boolean {
  const { call, descriptor, direction, flags } = request;
  if (direction === WRITE) return true;
  if (direction === READ && descriptor.listens) return call.accepts !== true;
  return (direction === READ && (flags & MSG_OOB) !== 0) || call.isEager?.(request) === true;
}

/** An attempt of a call that may not wait: one that only makes a pause for others goes on at once. */
export function attemptNow(request: Request): number {
  for (;;) {
    const rc = request.descriptor.attempt(request);
    if (rc !== LATER) return rc;
    if (request.backoffMs > 0) return -EAGAIN;
  }
}

/** What a read that goes on until all is there (MSG_WAITALL) has of its last part, beside the bytes. */
interface Whole {
  address: unknown;
  msgFlags: number;
  ancdata: AncillaryMessage[];
  /** Descriptors came beside it that there was no room for. */
  isCut: boolean;
  /** How much a peek saw, which is its result at the kernel's own limit. */
  peeked: number;
}

/** Of a Promise; for an error it takes a rejected one (`reject`): a function less for each call that waits. */
export type Resolve = (value: never) => void;

/** Has the Promise that `resolve` is of rejected. */
export function reject(resolve: Resolve | null, error: unknown): void {
  resolve?.(Promise.reject(error) as never);
}

const NO_BYTES = new Uint8Array(0);
const NOBODY = {};

export class Request {
  call: Call<unknown>;
  descriptor: Descriptor;
  /** The public socket: a call that waits keeps it from being collected. */
  owner: object;
  direction: Direction;
  /** What is sent, or read into. */
  bytes: Uint8Array = NO_BYTES;
  size = 0;
  flags = 0;
  /** Bytes done, or the stage of a call of several steps. */
  progress = 0;

  /* Only of a call that waits on the event loop. */
  next: Request | null = null;
  previous: Request | null = null;
  resolve: Resolve | null = null;

  /* What few calls have. */
  /** Where it is sent: the sockaddr, or the look-up that it needs first. */
  address: Uint8Array | Lookup | null = null;
  /** The address as the caller gave it, for errors. */
  peer: unknown = undefined;
  /** The same in words, of a call that waits. */
  where: Where | null = null;
  backoffMs = 0;
  /** The socket's when the call was put off: by the time that it waits it may be another. */
  timeout: number | null = null;
  /** What may end the wait before its time; few waits have one. */
  limit: Limit | null = null;
  whole: Whole | null = null;
  /** Anything else that one call alone needs. */
  extra: unknown = undefined;

  constructor(call: Call<unknown>, descriptor: Descriptor, owner: object) {
    this.call = call;
    this.descriptor = descriptor;
    this.owner = owner;
    this.direction = call.direction;
  }

  /** The flags as the kernel gets them: without MSG_DONTWAIT where the call is to hold the thread. */
  get kernelFlags(): number {
    const { timeout, face } = this.descriptor;
    return this.flags | (timeout === null ? face.nowait : MSG_DONTWAIT);
  }

  /** How much the poller may read for the call; 0: nothing. */
  get aheadSize(): number {
    return this.call.aheadSize?.(this) ?? 0;
  }

  get mayWait(): boolean {
    return this.descriptor.timeout !== 0 && (this.flags & MSG_DONTWAIT) === 0;
  }

  /** Where it is sent, by the time that the call is made. */
  get sockaddr(): Uint8Array | null {
    return this.address as Uint8Array | null;
  }

  get asksNothing(): boolean {
    return this.size === 0 && this.call.skipsEmpty === true;
  }
}

/** The requests of calls that were over at once, for the next ones: most calls are, and a request is the
 *  largest part of what one leaves to the garbage collector. */
const spares: Request[] = [];
const SPARES_MAX = 64;

export function takeRequest(call: Call<unknown>, descriptor: Descriptor, owner: object): Request {
  const request = spares.pop();
  if (request === undefined) return new Request(call, descriptor, owner);
  request.call = call;
  request.descriptor = descriptor;
  request.owner = owner;
  request.direction = call.direction;
  return request;
}

/** The call is over, and nobody has heard of its request who may still have it. */
export function leaveRequest(request: Request): void {
  request.bytes = NO_BYTES;
  request.size = 0;
  request.flags = 0;
  request.progress = 0;
  request.resolve = null;
  request.address = null;
  request.peer = undefined;
  request.where = null;
  request.backoffMs = 0;
  request.timeout = null;
  request.limit = null;
  request.whole = null;
  request.extra = undefined;
  request.owner = NOBODY; // or the last socket that was used would never be collected
  if (spares.length < SPARES_MAX) spares.push(request);
}
