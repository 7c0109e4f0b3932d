/** A descriptor, which is what the kernel knows a socket by, and the calls that wait on it. The public socket
 * is another object, so that it can be collected while the poller still holds this one. */
import * as os from "node:os";
import type { Target } from "../address/family.js";
import { clearTimeout, setTimeout } from "../clock.js";
import {
  AF_UNIX,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  SOCK_DGRAM,
  TCP_ULP,
} from "../constants.generated.js";
import {
  ADDRESS_LENGTH,
  BY_RECV_INTO,
  NOT_READ,
  native,
  PUTS_OFF,
  ROUND,
  TURN_OVER,
  VALUES,
  words,
} from "../native.js";
import type { Face } from "./face.js";
import type { Kind } from "./kind.js";
import { Looks } from "./looks.js";
import { outbox } from "./outbox.js";
import { poller } from "./poller.js";
import {
  type Call,
  type Direction,
  ERROR,
  LATER,
  READ,
  type Request,
  type Resolve,
  takeRequest,
  WRITE,
} from "./request.js";
import type { Delivery } from "./runs.js";
import { finish, settle, settleClosed, settleError } from "./settle.js";
import { mustYield, nextTurn, spend } from "./turn.js";

const { EAGAIN } = os.constants.errno;

const READ_EVENTS = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
const WRITE_EVENTS = EPOLLOUT | EPOLLHUP | EPOLLERR;
const ERROR_EVENTS = EPOLLERR | EPOLLHUP;
/** After one of these a short read does not mean 'drained': it may have stopped at urgent data, or before an
 *  end of stream that gives no event of its own (decision 004). */
const STICKY_EVENTS = EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** TCP_ULP_NAME_MAX of the kernel. */
const ULP_NAME_MAX = 16;

const ALL_READY = (1 << READ) | (1 << WRITE) | (1 << ERROR);

export class Descriptor implements Target {
  /* The fields that every message touches come first, so that they are side by side in memory. */
  slot = -1;
  timeout: number | null;
  /** One bit per direction: an attempt may succeed. EAGAIN clears it, an event of the poller sets it. */
  readyBits = ALL_READY;
  /** A read that has been made, but whose caller is only told when its stream's turn comes (`runs.ts`). */
  undelivered: Delivery | null = null;
  /* Usually a single read waits, and the poller can make it. These fields hold all that it needs; it gets a
   * Request only when something more is asked of it (`#last`). */
  #alone: Call<unknown> | null = null;
  #aloneSize = 0;
  #aloneMemory: Uint8Array | null = null;
  #aloneResolve: Resolve | null = null;
  #aloneOwner: object | null = null;
  /* Otherwise the calls that wait form a circular list per direction, served first come, first served. Each
   * of these is the last of its list. */
  #lastReader: Request | null = null;
  #lastWriter: Request | null = null;
  #lastOfErrors: Request | null = null;
  /** How many readers wait, if all of them make the same call for a message each (the poller then serves many
   *  at a time); else 0. A single reader counts as 1. */
  #alike = 0;
  /** How many sends are put off to the end of the tick. */
  putOff = 0;
  /** The negative errno that ended a read which had bytes to return. As with recv(2), the next read gets it. */
  readError = 0;
  /** Whether reads may stop at something other than the end of the data (an event has said so, or there is a
   *  layer such as TLS): a short read then does not mean that there is no more for now. */
  #mayStopShort = false;
  /** An event (EPOLLRDHUP) has said that nothing more will come. */
  #isReadShut = false;
  /** Only of Unix sockets of messages: whether it has paid lately to look for another message after each one. */
  readonly looks: Looks | null;
  /** Set while the name of a peer is looked up for a send or connect; settles when all such calls have been
   *  made, or have ended. Later sends wait for it, so that calls keep their order (decision 027). */
  inTurn: Promise<void> | null = null;
  nextSharing: Descriptor | null = null;
  /** The last attempt may have caused an event (`#isOwnEvent`) that has not arrived yet. */
  #awaitsOwnEvent = false;
  /** TCP only: how many times in a row `recv` asked for more than the scratch holds, and got less than it
   *  holds. */
  littleReads = 0;
  /** How many of the next messages are each sent by a call of their own (`ALONE` in `outbox.ts`). */
  sendsAlone = 0;
  /** How many runs of reads (`runs.ts`) in a row came to nothing: the task was given time to read on, and did
   *  not. From `VAIN_MAX` on it counts the reads of the pause that follows. */
  runsInVain = 0;
  /** Called when the number is closed, for calls that wait for something other than the kernel: a look-up, say. */
  closing: Set<() => void> | null = null;
  /** accept(2) has given a connection, or has waited for one. */
  listens = false;
  /** Others may hold the same open socket: the number was given away, or came from elsewhere. */
  isShared = false;
  /** Somebody may have put a layer such as TLS on the stream (`TCP_ULP`) since this was last checked. */
  mayBeLayered = false;
  /** For the next attempt, where no event says when it can succeed. */
  #retryTimer: NodeJS.Timeout | undefined = undefined;

  constructor(
    public fd: number,
    readonly kind: Kind,
  ) {
    this.timeout = kind.face.defaultTimeout;
    this.looks = kind.keepsMessages && kind.family === AF_UNIX ? new Looks() : null;
  }

  get face(): Face {
    return this.kind.face;
  }

  get family(): number {
    return this.kind.family;
  }

  get type(): number {
    return this.kind.type;
  }

  get proto(): number {
    return this.kind.proto;
  }

  /** Whether a short read means that there is no more for now. It does on TCP, and on a Unix stream if the
   *  read did not stop at control messages. */
  get shortReadDrains(): boolean {
    if (this.mayBeLayered) this.#lookForLayer();
    return this.kind.isByteStream && !this.#mayStopShort;
  }

  /** With a layer of TLS a read also stops where a record of another kind begins. */
  #lookForLayer(): void {
    this.mayBeLayered = false;
    if (!this.kind.isTcp || this.face.mode === "sync") return;
    const name = Buffer.alloc(ULP_NAME_MAX);
    if (native.getsockopt(this.fd, IPPROTO_TCP, TCP_ULP, name) > 0) this.#mayStopShort = true;
  }

  /** Somebody else has the number, or had it: they may hold the same open socket. */
  share(): void {
    this.isShared = true;
    this.mayBeLayered = true;
  }

  /** An option was set. */
  heedOption(level: number, name: number): void {
    if (level === IPPROTO_TCP && name === TCP_ULP) this.mayBeLayered = true;
  }

  /** Whether fewer datagrams than asked for mean the same: the loop of recvmmsg(2) met EAGAIN. */
  get shortBatchDrains(): boolean {
    return this.kind.type === SOCK_DGRAM && !this.#mayStopShort;
  }

  /** Makes a socket of the same kind from a descriptor that this face has just made. */
  adopt(fd: number): object {
    return this.face.adopt(fd, this.kind);
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

  /** An attempt gave EAGAIN. Where it was a peek, or for urgent data, that says nothing about the rest. */
  heedEagain({ direction, flags }: Request): void {
    // No event follows a shutdown, so this direction stays ready: a later call has to find out by itself.
    if (direction === READ && this.#isReadShut) return;
    if ((flags & (MSG_PEEK | MSG_OOB)) !== 0) return;
    this.notReady(direction);
    if (direction === READ) this.#noteLook(false);
  }

  /** Notes whether a look for a message that no event had announced found one. (Where several readers wait
   *  for a message each, the poller reads on until there is no more anyway.) */
  #noteLook(isFound: boolean): void {
    this.looks?.note(this, isFound, this.#alike < 2);
  }

  /** Makes the system call of `request` once, unless an earlier read has left its error to this one. */
  attempt(request: Request): number {
    const { readError } = this;
    if (readError === 0 || request.direction !== READ) {
      const rc = request.call.attempt(this.fd, request);
      if (rc >= 0 && request.direction === READ) this.#noteLook(true);
      return rc === -EAGAIN && this.#isReadShut ? this.atEnd(request) : rc;
    }
    this.readError = 0;
    return readError;
  }

  /** What EAGAIN means for a call. Once a socket of messages, or a Unix listener, is shut down for reading
   *  and nothing is left, a blocking call ends, but a non-blocking one gives EAGAIN for ever: so a call
   *  without a timeout is ended here (decision 024). TCP needs no such help, since its stream has an end. */
  atEnd({ call, direction, flags }: Request): number {
    const isBlocking = this.timeout === null && (flags & MSG_DONTWAIT) === 0;
    if (direction !== READ || this.kind.isTcp || !isBlocking) return -EAGAIN;
    if (!isReadShut(this.fd)) return -EAGAIN;
    // It comes with no address, no flags and no control messages.
    words[ADDRESS_LENGTH] = 0;
    words[VALUES] = 0;
    words[VALUES + 1] = 0;
    return call.ended ?? 0;
  }

  #last(direction: Direction): Request | null {
    if (direction === READ) {
      if (this.#alone !== null) this.#queueAlone(this.#alone);
      return this.#lastReader;
    }
    return direction === WRITE ? this.#lastWriter : this.#lastOfErrors;
  }

  #setLast(direction: Direction, request: Request | null): void {
    if (direction === READ) this.#lastReader = request;
    else if (direction === WRITE) this.#lastWriter = request;
    else this.#lastOfErrors = request;
  }

  hasWaiting(direction: Direction): boolean {
    if (direction === READ && this.#alone !== null) return true;
    return this.#last(direction) !== null;
  }

  /** Whether anybody waits, in any direction. */
  get isWaitedFor(): boolean {
    if (this.#alone !== null || this.#lastReader !== null) return true;
    return this.#lastWriter !== null || this.#lastOfErrors !== null;
  }

  /** Has `request`, a read that the poller can make, wait where no other read does. What is needed of it is
   *  copied: the request itself is free again. */
  waitAlone(request: Request): void {
    const { call, size, resolve, owner } = request;
    this.#alone = call;
    this.#aloneSize = size;
    this.#aloneMemory = aheadMemory(request);
    this.#aloneResolve = resolve;
    this.#aloneOwner = owner;
    poller.readAhead(this, request.aheadSize, call.readForm, this.#aloneMemory);
    poller.addWaiting();
  }

  #leaveAlone(): void {
    this.#alone = null;
    this.#aloneMemory = null;
    this.#aloneResolve = null;
    this.#aloneOwner = null;
  }

  /** Gives the read that waits alone a request, as the first in the queue. */
  #queueAlone(call: Call<unknown>): void {
    const request = takeRequest(call, this, this.#aloneOwner as object);
    request.size = this.#aloneSize;
    if (this.#aloneMemory !== null) request.bytes = this.#aloneMemory;
    request.resolve = this.#aloneResolve;
    request.next = request;
    request.previous = request;
    this.#lastReader = request;
    this.#alike = 1;
    this.#leaveAlone();
  }

  /** Puts `request` last among the calls that wait in its direction. */
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
    if (direction === READ) this.#countReader(request, last);
    poller.addWaiting();
  }

  /** A reader has joined the queue after `before`, or as the first. */
  #countReader(request: Request, before: Request | null): void {
    if (before === null) {
      this.#alike = 1;
      this.#announce();
    } else if (this.#alike > 0) {
      this.#alike = this.kind.keepsMessages && areAlike(request, before) ? this.#alike + 1 : 0;
      poller.setWaiting(this, Math.max(this.#alike, 1));
    }
  }

  /** A reader has left the queue; `wasFirst`: it was the first. */
  #discountReader(wasFirst: boolean): void {
    if (this.#alike > 1) {
      this.#alike--;
      poller.setWaiting(this, this.#alike);
    } else if (wasFirst) {
      this.#announce();
    }
  }

  /** Tells the poller what the first reader wants. */
  #announce(): void {
    const first = this.#lastReader?.next ?? null;
    // A kept error is the result of the next read: the poller must not read in its place.
    const size = this.readError === 0 ? (first?.aheadSize ?? 0) : 0;
    const memory = size > 0 ? aheadMemory(first as Request) : null;
    poller.readAhead(this, size, first?.call.readForm, memory);
  }

  /** Takes `request` out of its queue; false if it no longer waits. */
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
    if (direction === READ) this.#discountReader(isFirst);
    request.next = null;
    request.previous = null;
    poller.removeWaiting();
    return true;
  }

  /** Remembers what events say besides that the descriptor is ready. */
  #heed(events: number): void {
    if ((events & STICKY_EVENTS) === 0) return;
    if ((events & EPOLLRDHUP) !== 0) this.#isReadShut = true;
    this.#mayStopShort = true;
  }

  /** What resolves the Promise of the first reader, for whom the poller reads. */
  get reader(): Resolve | null {
    return this.#alone !== null ? this.#aloneResolve : (this.#lastReader?.next?.resolve ?? null);
  }

  /** The poller has read `rc` bytes for the first reader: takes it out of the queue, and returns its result. */
  endRead(rc: number, events: number): unknown {
    this.#heed(events);
    if (words[ROUND] !== 0) this.#noteLook(true);
    if (this.looks === null || this.looks.goOn()) this.setReady(READ);
    else this.notReady(READ);
    if ((events & WRITE_EVENTS) !== 0) this.setReady(WRITE);
    if ((events & ERROR_EVENTS) !== 0) this.setReady(ERROR);
    const call = this.#alone;
    if (call !== null) {
      this.#leaveAlone();
      poller.readAhead(this, 0);
      poller.removeWaiting();
      return call.readAhead?.(rc, this.#aloneSize, this);
    }
    const request = this.#lastReader?.next as Request;
    finish(request);
    return request.call.readAhead?.(rc, request.size, this);
  }

  /** The poller has events of this descriptor; `rc` is what the read made for the first reader gave, or
   *  NOT_READ. */
  onEvents(events: number, rc: number): void {
    this.#heed(events);
    const { reader } = this;
    if (rc !== NOT_READ) this.#onRead(rc);
    else if ((events & READ_EVENTS) !== 0) this.retry(READ);
    if ((events & WRITE_EVENTS) !== 0 && !this.#isOwnEvent(events)) this.retry(WRITE);
    if ((events & ERROR_EVENTS) !== 0) this.retry(ERROR);
    if (this.looks?.isLevelTriggered !== true || rc >= 0 || words[ROUND] !== 0) return;
    if (reader === null || reader === this.reader) this.looks.endLevelTriggering(this);
  }

  /** Whether an event for writing was caused by our own last attempt: it found the receiver's queue full, and
   *  the memory that the kernel had taken for the message came free again. To retry for that would never end. */
  #isOwnEvent(events: number): boolean {
    const isOwn = this.#awaitsOwnEvent && (events & ERROR_EVENTS) === 0;
    this.#awaitsOwnEvent = false;
    return isOwn;
  }

  /** The poller's read for the first reader gave `rc`. */
  #onRead(rc: number): void {
    if (rc === -EAGAIN && !this.#isReadShut) {
      this.notReady(READ);
      this.#noteLook(false);
      return;
    }
    const request = this.#last(READ)?.next ?? null;
    if (rc < 0) this.setReady(READ);
    if (rc < 0 && rc !== -EAGAIN && request !== null) settle(request, rc);
    this.#serve(READ);
  }

  /** An attempt may succeed now: serves the waiting calls. */
  retry(direction: Direction): void {
    this.setReady(direction);
    if (this.hasWaiting(direction)) this.#serve(direction);
  }

  /** Serves the waiting calls of a direction, in order, for as long as the descriptor is ready. */
  #serve(direction: Direction): void {
    if (direction === WRITE) this.#awaitsOwnEvent = false;
    for (;;) {
      const request = this.#last(direction)?.next ?? null;
      if (request === null || !this.isReady(direction)) return;
      if (direction === READ && this.#arePutOff()) return;
      if (mustYield()) {
        this.#resumeLater(direction);
        return;
      }
      if (direction === WRITE && outbox.makeWaiting(request)) continue;
      let rc: number;
      try {
        rc = this.attempt(request);
      } catch (error) {
        settleError(request, error);
        continue;
      }
      if (rc === -EAGAIN || rc === LATER) {
        this.heedNotYet(request, rc);
        return;
      }
      spend(rc);
      settle(request, rc);
    }
  }

  /** The first call in the queue goes on waiting: an attempt gave EAGAIN, or LATER. */
  heedNotYet(request: Request, rc: number): void {
    if (rc === LATER) this.postpone(request);
    else this.heedEagain(request);
  }

  /** Leaves readers that wait for a message each to the poller, which serves them at the end of the tick;
   *  false: it cannot. */
  #arePutOff(): boolean {
    if (this.#alike < 2 || this.readError !== 0) return false;
    return words[PUTS_OFF] !== 0 && words[TURN_OVER] === 0 && poller.putOffRead(this);
  }

  resume(direction: Direction): void {
    if (this.fd >= 0) this.#serve(direction);
  }

  /** Serves the waiting calls in the loop's next turn. */
  #resumeLater(direction: Direction): void {
    if (direction !== WRITE) nextTurn(() => this.resume(direction));
    else if (writers.push(this) === 1) nextTurn(serveWriters);
  }

  /** Writes the waiting sends to the outbox, as many as it can make in one go. */
  putOffWaiting(): void {
    const first = this.#lastWriter?.next ?? null;
    if (first !== null && this.isReady(WRITE)) outbox.addWaiting(first);
  }

  /** A call has left the queue unserved. The descriptor may be ready for those behind it, which nothing else
   *  would tell them. */
  serveLater(direction: Direction): void {
    if (this.hasWaiting(direction) && this.isReady(direction)) this.#resumeLater(direction);
  }

  /** Tries again after the request's `backoffMs`, or, if that is 0, in the loop's next turn. */
  postpone(request: Request): void {
    const { direction, backoffMs } = request;
    if (backoffMs === 0) {
      this.#resumeLater(direction);
      return;
    }
    this.notReady(direction);
    this.#awaitsOwnEvent = direction === WRITE;
    clearTimeout(this.#retryTimer);
    // Even if this request is gone by then: those behind it wait for the same thing.
    this.#retryTimer = setTimeout(() => this.retry(direction), backoffMs).unref();
  }

  /** Ends all waiting calls: the number is being closed, or (`isOpen`) given away while it stays open. */
  onClosed(isOpen: boolean): void {
    for (const tell of this.closing ?? []) tell();
    for (const last of [this.#last(READ), this.#lastWriter, this.#lastOfErrors]) {
      let request = last?.next ?? null;
      while (request !== null) {
        const next: Request | null = request.next === request ? null : request.next;
        settleClosed(request, isOpen);
        request = next;
      }
    }
  }

  /** Leaves the poller and ends the waiting calls, also those of other objects with the same number; only
   *  then is the number closed. */
  close(): number {
    if (this.fd < 0) return 0;
    const fd = this.release(false);
    poller.dismiss(fd);
    return native.close(fd);
  }

  /** Ends the waiting calls, and forgets the number, which stays open (`isOpen`) or is closed next. */
  release(isOpen: boolean): number {
    const { fd } = this;
    poller.leave(this);
    this.fd = -1;
    this.readyBits = ALL_READY; // a later call is attempted, and gets EBADF
    this.onClosed(isOpen);
    return fd;
  }
}

/** Descriptors whose waiting sends are served in the loop's next turn. */
let writers: Descriptor[] = [];

/** Makes the waiting sends of many descriptors together. */
function serveWriters(): void {
  const descriptors = writers;
  writers = [];
  outbox.empty(); // from here on JavaScript's time is measured
  for (const descriptor of descriptors) {
    if (mustYield()) break;
    descriptor.putOffWaiting();
  }
  outbox.empty();
  for (const descriptor of descriptors) descriptor.resume(WRITE);
}

/** Whether nothing more will come. (Errors, which poll(2) reports unasked, do not say that.) */
function isReadShut(fd: number): boolean {
  const events = native.poll(fd, EPOLLRDHUP, 0);
  return events > 0 && (events & EPOLLRDHUP) !== 0;
}

/** Whether two readers make the same call for a message each, which the poller can read for them. */
function areAlike(request: Request, before: Request): boolean {
  const { call, size } = request;
  if (call !== before.call || size !== before.size || call.readForm === BY_RECV_INTO) return false;
  return request.aheadSize > 0 && before.aheadSize > 0;
}

/** The caller's memory, if the poller's read for the call goes straight there. */
function aheadMemory({ call, bytes }: Request): Uint8Array | null {
  return call.readForm === BY_RECV_INTO ? bytes : null;
}
