/** What the kernel knows a socket by, and the calls that wait on it. The public socket may be
 * collected while the poller still knows this. */
import * as os from "node:os";
import { forgetAbort } from "../abort.js";
import type { Target } from "../address/family.js";
import { describeAddress } from "../address/index.js";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  IPPROTO_TCP,
  MSG_OOB,
  MSG_PEEK,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../constants.generated.js";
import { SocketError, type Where } from "../errors.js";
import { NOT_READ, native } from "../native.js";
import type { Face } from "./face.js";
import { poller } from "./poller.js";
import { type Direction, ERROR, LATER, READ, type Request, WRITE } from "./request.js";
import { mustYield, nextTurn, spend } from "./turn.js";

const { EAGAIN, EBADF } = os.constants.errno;

const READ_EVENTS = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
const WRITE_EVENTS = EPOLLOUT | EPOLLHUP | EPOLLERR;
const ERROR_EVENTS = EPOLLERR | EPOLLHUP;
/** Behind these there is more to hear of than the data: a short read does not mean 'drained'. */
const STICKY_EVENTS = EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

const ALL_READY = (1 << READ) | (1 << WRITE) | (1 << ERROR);

export class Descriptor implements Target {
  slot = -1;
  nextSharing: Descriptor | null = null;
  timeout: number | null;
  /** Told when the number is closed: calls that do not wait for the kernel (yet). */
  closing: Set<() => void> | null = null;
  readonly isTcp: boolean;
  readonly isUnixStream: boolean;
  /** A bit a direction: an attempt may succeed. Cleared by EAGAIN, set by an edge. */
  readyBits = ALL_READY;
  /** A short read says that there is no more now: of TCP, and of a Unix stream that did not stop at
   *  control messages. */
  shortReadDrains: boolean;
  /** Fewer datagrams than asked for say the same: the kernel's own loop met EAGAIN. */
  shortBatchDrains: boolean;
  /** How many sends are put off to the end of the tick. */
  putOff = 0;
  /** The errno that ended a read which had bytes to give: it is the next one's, as of recv(2). */
  readError = 0;
  /* Who waits, a circular list a direction, of which this is the last: first come, first served. */
  #lastReader: Request | null = null;
  #lastWriter: Request | null = null;
  #lastOfErrors: Request | null = null;

  constructor(
    readonly face: Face,
    public fd: number,
    readonly family: number,
    readonly type: number,
    readonly proto: number,
  ) {
    this.timeout = face.defaultTimeout;
    this.isTcp =
      type === SOCK_STREAM &&
      (family === AF_INET || family === AF_INET6) &&
      (proto === 0 || proto === IPPROTO_TCP);
    this.isUnixStream = type === SOCK_STREAM && family === AF_UNIX;
    this.shortReadDrains = this.isTcp || this.isUnixStream;
    this.shortBatchDrains = type === SOCK_DGRAM;
  }

  /** A descriptor that this face has just made, as a socket of the same family. */
  adopt(fd: number): object {
    return this.face.adopt(fd, this.family, this.type, this.proto);
  }

  isReady(direction: Direction): boolean {
    return (this.readyBits & (1 << direction)) !== 0;
  }

  setReady(direction: Direction): void {
    this.readyBits |= 1 << direction;
  }

  notReady(direction: Direction): void {
    this.readyBits &= ~(1 << direction);
  }

  /** An attempt gave EAGAIN. That of a peek or for urgent data says nothing of what else is there. */
  heedEmpty({ direction, flags }: Request): void {
    if ((flags & (MSG_PEEK | MSG_OOB)) === 0) this.notReady(direction);
  }

  /** Makes the system call of `request` once. */
  attempt(request: Request): number {
    const { readError } = this;
    if (readError === 0 || request.direction !== READ) {
      return request.call.attempt(this.fd, request);
    }
    this.readError = 0;
    return readError;
  }

  #last(direction: Direction): Request | null {
    if (direction === READ) return this.#lastReader;
    return direction === WRITE ? this.#lastWriter : this.#lastOfErrors;
  }

  #setLast(direction: Direction, request: Request | null): void {
    if (direction === READ) this.#lastReader = request;
    else if (direction === WRITE) this.#lastWriter = request;
    else this.#lastOfErrors = request;
  }

  hasWaiting(direction: Direction): boolean {
    return this.#last(direction) !== null;
  }

  /** Whether anybody waits, in any direction. */
  get isWaitedFor(): boolean {
    return this.#lastReader !== null || this.#lastWriter !== null || this.#lastOfErrors !== null;
  }

  /** Puts `request` behind those that wait in its direction. */
  enqueue(request: Request): void {
    const { direction } = request;
    const last = this.#last(direction);
    if (last === null) {
      request.next = request;
      request.previous = request;
    } else {
      request.next = last.next;
      request.previous = last;
      (last.next as Request).previous = request;
      last.next = request;
    }
    this.#setLast(direction, request);
    if (last === null) this.#announce(direction);
    poller.addWaiting();
  }

  /** Lets the poller know what the one who waits first would read. */
  #announce(direction: Direction): void {
    if (direction !== READ) return;
    const first = this.#lastReader?.next ?? null;
    poller.readAhead(this, first?.call.aheadSize?.(first) ?? 0);
  }

  /** Takes `request` out; false where it waits no more. */
  dequeue(request: Request): boolean {
    const { direction, next, previous } = request;
    if (next === null || previous === null) return false;
    const last = this.#last(direction);
    const isFirst = last?.next === request;
    if (next === request) {
      this.#setLast(direction, null);
    } else {
      previous.next = next;
      next.previous = previous;
      if (last === request) this.#setLast(direction, previous);
    }
    if (isFirst) this.#announce(direction);
    request.next = null;
    request.previous = null;
    poller.removeWaiting();
    return true;
  }

  /** Looks at what else there is to hear of. */
  #heed(events: number): void {
    if ((events & STICKY_EVENTS) === 0) return;
    this.shortReadDrains = false;
    this.shortBatchDrains = false;
  }

  /** The poller has read for the one who waits first: it waits no more. */
  takeReader(events: number): Request | null {
    this.#heed(events);
    this.setReady(READ);
    if ((events & WRITE_EVENTS) !== 0) this.setReady(WRITE);
    if ((events & ERROR_EVENTS) !== 0) this.setReady(ERROR);
    const request = this.#lastReader?.next ?? null;
    if (request !== null) finish(request);
    return request;
  }

  /** The poller saw an edge, and has tried to read if `rc` is not NOT_READ. */
  onEvents(events: number, rc: number): void {
    this.#heed(events);
    if (rc !== NOT_READ) this.#onRead(rc);
    else if ((events & READ_EVENTS) !== 0) this.retry(READ);
    if ((events & WRITE_EVENTS) !== 0) this.retry(WRITE);
    if ((events & ERROR_EVENTS) !== 0) this.retry(ERROR);
  }

  /** The read of the one who waits first gave `rc`. */
  #onRead(rc: number): void {
    if (rc === -EAGAIN) {
      this.notReady(READ);
      return;
    }
    const request = this.#lastReader?.next ?? null;
    if (rc < 0 && request !== null) {
      this.setReady(READ);
      settle(request, rc);
    }
    this.#serve(READ);
  }

  /** An attempt may succeed now: serves who waits. */
  retry(direction: Direction): void {
    this.setReady(direction);
    if (this.hasWaiting(direction)) this.#serve(direction);
  }

  /** Serves those that wait, in order, for as long as the descriptor is ready. */
  #serve(direction: Direction): void {
    for (;;) {
      const request = this.#last(direction)?.next ?? null;
      if (request === null || !this.isReady(direction)) return;
      if (mustYield()) {
        nextTurn(() => this.#resume(direction));
        return;
      }
      let rc: number;
      try {
        rc = this.attempt(request);
      } catch (error) {
        settleError(request, error);
        continue;
      }
      if (rc === -EAGAIN) {
        this.heedEmpty(request);
        return;
      }
      if (rc === LATER) {
        this.postpone(request);
        return;
      }
      spend(rc);
      settle(request, rc);
    }
  }

  #resume(direction: Direction): void {
    if (this.fd >= 0) this.#serve(direction);
  }

  /** Somebody has left the queue unserved: those behind may be what the descriptor is ready for. */
  serveLater(direction: Direction): void {
    if (!this.hasWaiting(direction) || !this.isReady(direction)) return;
    nextTurn(() => this.#resume(direction));
  }

  /** Tries again after the request's own time, or in the loop's next turn. */
  postpone(request: Request): void {
    const { direction, backoffMs } = request;
    if (backoffMs === 0) {
      nextTurn(() => this.#resume(direction));
      return;
    }
    this.notReady(direction);
    // Also where this request is gone by then: those behind it wait for the same.
    setTimeout(() => this.retry(direction), backoffMs).unref();
  }

  /** The number is closed under everybody who waits here. */
  onClosed(): void {
    for (const tell of this.closing ?? []) tell();
    for (const last of [this.#lastReader, this.#lastWriter, this.#lastOfErrors]) {
      let request = last?.next ?? null;
      while (request !== null) {
        const next: Request | null = request.next === request ? null : request.next;
        settleClosed(request);
        request = next;
      }
    }
  }

  /** Ends what waits, then the registration, then the number. */
  close(): number {
    if (this.fd < 0) return 0;
    const fd = this.release();
    poller.dismiss(fd);
    return native.close(fd);
  }

  /** Ends what waits and gives the number away; it stays open. */
  release(): number {
    const { fd } = this;
    poller.leave(this);
    this.fd = -1;
    this.readyBits = ALL_READY; // whatever comes now is to hear EBADF from its own call
    this.onClosed();
    return fd;
  }
}

/** The request is over: nothing will call it back. */
function finish(request: Request): void {
  request.descriptor.dequeue(request);
  const { limit } = request;
  if (limit === null) return;
  const { timer, signal, onAbort } = limit;
  if (timer !== null) clearTimeout(timer);
  if (signal !== null && onAbort !== null) forgetAbort(signal, onAbort);
}

/** Ends a request that waits with the result of its call. */
export function settle(request: Request, rc: number): void {
  finish(request);
  const { call } = request;
  if (rc < 0 && call.failed === undefined) {
    request.reject?.(failure(request, rc));
    return;
  }
  try {
    const value = rc < 0 ? call.failed?.(-rc) : call.result(rc, request);
    request.resolve?.(value as never);
  } catch (error) {
    request.reject?.(error);
  }
}

/** Ends a request whose socket is closed under it. */
function settleClosed(request: Request): void {
  const { closed } = request.call;
  if (closed === undefined) {
    settle(request, -EBADF);
    return;
  }
  finish(request);
  request.resolve?.(closed() as never);
}

/** Ends a request that waits with an error. */
export function settleError(request: Request, error: unknown): void {
  finish(request);
  if (typeof error === "object" && error !== null) request.call.mark?.(error, request);
  request.reject?.(error);
}

/** Whom a call is about. */
export function whereOf({ peer, descriptor }: Request): Where {
  return peer === undefined ? {} : describeAddress(descriptor.family, peer);
}

/** The error of a call that gave the negative errno `rc`. */
export function failure(request: Request, rc: number): SocketError {
  const { call } = request;
  const error = new SocketError(rc, call.syscall, whereOf(request));
  call.mark?.(error, request);
  return error;
}
