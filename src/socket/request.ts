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

/** What a call waits for. Errors (the error queue) are a direction of their own: an empty error queue says
 *  nothing about the data. */
export const READ = 0;
export const WRITE = 1;
export const ERROR = 2;
export type Direction = typeof READ | typeof WRITE | typeof ERROR;

/** The events that poll(2) is asked for, for a call that waits. */
export function eventsOf({ direction, progress }: Request): number {
  if (direction !== READ) return direction === WRITE ? EPOLLOUT : EPOLLERR;
  return progress > 0 ? EPOLLIN | EPOLLPRI : EPOLLIN; // urgent data ends a read that has begun
}

/** What an attempt returns to be made again after `request.backoffMs` (0: in the loop's next turn). No errno
 *  has this number. */
export const LATER = -100_000;

/** What an attempt returns for an EAGAIN that ends even a call that may wait: no port is free, and no event
 *  says when one is. No errno has this number, either. */
export const NO_PORT = -1000;

/** A socket call. Each is written once, as a row: both faces run the same rows, and differ only in how they
 *  wait when an attempt gives -EAGAIN. */
export interface Call<T> {
  /** The name in errors. */
  readonly syscall: string;
  /** The name of the method, if it is another one: errors that come before the system call have it. */
  readonly name?: string;
  readonly direction: Direction;
  /** Checks the arguments and keeps them in the request. */
  prepare(request: Request, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown): void;
  /** Makes the system call: its result, a negative errno, LATER or NO_PORT. Called again when ready. */
  attempt(fd: number, request: Request): number;
  /** What the caller gets for a result >= 0. */
  result(rc: number, request: Request): T;
  /** If `request.size` is 0 nothing is asked for: the result is 0, without a system call. */
  readonly skipsEmpty?: boolean;
  /** Whether to attempt the call before it waits even if the last attempt met EAGAIN: it may fail whether or
   *  not there is anything to read. */
  isEager?(request: Request): boolean;
  /** The call takes connections: on a listener every other read fails at once. */
  readonly accepts?: boolean;
  /** Whether the call survives `rc`, a negative errno with which the poller has refused its descriptor: it is
   *  made again after `request.backoffMs`. */
  outlives?(rc: number, request: Request): boolean;
  /** Whether a call that held the thread was ended by a signal, and not by the kernel's own limit: what it
   *  began goes on. */
  isCutShort?(request: Request): boolean;
  /** The result of a blocking call at the kernel's own limit (SO_RCVTIMEO, SO_SNDTIMEO), if not -EAGAIN. */
  atLimit?(request: Request): number;
  /** How much the poller may read for the call in place of an attempt, without flags; 0: the call has to be
   *  attempted. */
  aheadSize?(request: Request): number;
  /** How such a read is made, if not by recv(2): BY_RECV_INTO reads into `request.bytes`. */
  readonly readForm?: ReadForm;
  /** What the caller gets for such a read, which asked for `size` bytes. */
  readAhead?(rc: number, size: number, descriptor: Descriptor): unknown;
  /** Only a call that is send(2) of `request.bytes`, and so can be put off, has this: it notes that `rc` of
   *  them were sent, and returns whether the call is over. */
  sent?(rc: number, request: Request): boolean;
  /** What to send in place of `request.bytes`, one part after the other; null where send(2) would not do. */
  parts?(request: Request): readonly Uint8Array[] | null;
  /** The call may share a system call with others of its kind on the same stream that come right before and
   *  after it. */
  readonly joins?: boolean;
  /** What the caller gets in place of an error. */
  failed?(errno: number): T;
  /** The result of a read once reading is shut down and nothing is left, if not 0. */
  readonly ended?: number;
  /** What the caller gets when the socket is closed while the call waits, in place of EBADF. */
  closed?(): T;
  /** How much the call has in hand when it is aborted or out of time. If > 0, that is its result in place of
   *  the error, so that no byte is lost. */
  partial?(request: Request): number;
  /** When the call last made progress. Only a call whose timeout is for each wait, and not for the whole, has
   *  this. */
  movedMs?(request: Request): number;
  /** Records on an error how far the call had come. */
  mark?(error: object, request: Request): void;
}

/** A call whose peer keeps up with it lets the event loop run after this many bytes: about a millisecond. */
export const BURST_BYTES = 4 * 1024 * 1024;

/** Where the peer of a Unix socket has no room, no event says when it has some: the call is made again after
 *  1 ms, 2 ms, … at most 50 ms. */
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

/** What to make of a send's EAGAIN. No event says when there is room in the queue of a Unix receiver that is
 *  not the socket's own peer, nor in that of any netlink receiver: such a send is tried again (decision 007). */
export function noRoom(request: Request, hasAddress: boolean): number {
  const { descriptor } = request;
  const { family, timeout } = descriptor;
  if (family === AF_NETLINK || (family === AF_UNIX && hasAddress)) return backOff(request);
  if (!lacksPort(descriptor)) return -EAGAIN;
  return timeout === null ? NO_PORT : backOff(request);
}

/** Whether a send's EAGAIN means that no port is free for the socket, which has none yet. */
function lacksPort({ fd, family, type, proto }: Descriptor): boolean {
  if (type !== SOCK_DGRAM || (family !== AF_INET && family !== AF_INET6)) return false;
  if (native.getsockname(fd) < 0) return false;
  const [, port] = decodeShared(proto) as [string, number];
  return port === 0;
}

/** Whether to attempt a call although the last attempt met EAGAIN, which may say nothing about it. A send
 *  (nobody waits before it) may go to another receiver of a Unix socket, or be refused before the kernel
 *  looks for room (EMSGSIZE). A read of urgent data fails at once if there is none, and so does a read of the
 *  wrong kind: recv(2) on a listener, accept(2) on anything else. */
export function isEager(request: Request): boolean {
  const { call, descriptor, direction, flags } = request;
  if (direction === WRITE) return true;
  if (direction === READ && descriptor.listens) return call.accepts !== true;
  return (direction === READ && (flags & MSG_OOB) !== 0) || call.isEager?.(request) === true;
}

/** Attempts a call that may not wait. If it only pauses to let others run, it goes on at once. */
export function attemptNow(request: Request): number {
  for (;;) {
    const rc = request.descriptor.attempt(request);
    if (rc !== LATER) return rc;
    if (request.backoffMs > 0) return -EAGAIN;
  }
}

/** What a read with MSG_WAITALL, which goes on until all is there, has of its last part, besides the bytes. */
interface Whole {
  address: unknown;
  msgFlags: number;
  ancdata: AncillaryMessage[];
  /** It came with descriptors for which there was no room. */
  isCut: boolean;
  /** How much a peek saw: its result when the kernel's own limit runs out. */
  peeked: number;
}

/** The function that resolves a call's Promise. For an error it is given a rejected Promise (`reject`): that
 *  saves each call that waits a function. */
export type Resolve = (value: never) => void;

/** Rejects the Promise that `resolve` belongs to. */
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
  /** The address to send or connect to: the sockaddr, or the look-up that it needs first. */
  address: Uint8Array | Lookup | null = null;
  /** The address as the caller gave it, for errors. */
  peer: unknown = undefined;
  /** The same as text, once the call waits. */
  where: Where | null = null;
  backoffMs = 0;
  /** The socket's timeout when the call was put off: it may be another by the time that the call waits. */
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

  /** The flags for the kernel: with MSG_DONTWAIT, unless the call is to hold the thread. */
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

  /** The address, which is a sockaddr by the time that the call is made. */
  get sockaddr(): Uint8Array | null {
    return this.address as Uint8Array | null;
  }

  get asksNothing(): boolean {
    return this.size === 0 && this.call.skipsEmpty === true;
  }
}

/** Requests of calls that were over at once, to be used again. Most calls are, and the request is the largest
 *  part of what a call leaves to the garbage collector. */
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

/** Gives back the request of a call that is over. Nobody else may still have it. */
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
