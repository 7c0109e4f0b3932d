/** What the kernel knows a socket by, and the calls that wait on it. The public socket may be
 * collected while the poller still knows this. */
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
import type { Told } from "./runs.js";
import { finish, settle, settleClosed, settleError } from "./settle.js";
import { mustYield, nextTurn, spend } from "./turn.js";

const { EAGAIN } = os.constants.errno;

const READ_EVENTS = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
const WRITE_EVENTS = EPOLLOUT | EPOLLHUP | EPOLLERR;
const ERROR_EVENTS = EPOLLERR | EPOLLHUP;
/** Behind these there is more to hear of than the data: a short read does not mean 'drained'. */
const STICKY_EVENTS = EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** TCP_ULP_NAME_MAX of the kernel. */
const ULP_NAME_MAX = 16;

const ALL_READY = (1 << READ) | (1 << WRITE) | (1 << ERROR);

export class Descriptor implements Target {
  /* What each message touches stands first, side by side in memory. */
  slot = -1;
  timeout: number | null;
  /** A bit a direction: an attempt may succeed. Cleared by EAGAIN, set by an edge. */
  readyBits = ALL_READY;
  /** A read that waits for its turn among those of others (`runs.ts`). */
  untold: Told | null = null;
  /* One waits alone for a read that the poller can make, as most do: what there is to know of it stands here, and
   * it has a request only where there is more to it (`#last`). */
  #alone: Call<unknown> | null = null;
  #aloneSize = 0;
  #aloneMemory: Uint8Array | null = null;
  #aloneResolve: Resolve | null = null;
  #aloneOwner: object | null = null;
  /* Or who waits, a circular list a direction, of which this is the last: first come, first served. */
  #lastReader: Request | null = null;
  #lastWriter: Request | null = null;
  #lastOfErrors: Request | null = null;
  /** How many readers wait if all want the same message each, else 0: of those the poller serves many at a time. */
  #alike = 0;
  /** How many sends are put off to the end of the tick. */
  putOff = 0;
  /** The errno that ended a read which had bytes to give: it is the next one's, as of recv(2). */
  readError = 0;
  /** Whether there is more to hear of than the data: a short read does not say then that there is no more now. */
  #hearsMore = false;
  /** An event said that there is no more to read. */
  #isReadShut = false;
  /** Of Unix messages, how looking for another has gone of late. */
  readonly looks: Looks | null;
  /** Settled when those calls are made, or ended, whose peer's name is being looked up: who sends then comes behind them. */
  inTurn: Promise<void> | null = null;
  nextSharing: Descriptor | null = null;
  /** The last attempt may have made an event, which is not heard of yet. */
  #awaitsOwnEvent = false;
  /** Of TCP: so many times in a row `recv` asked for more than the scratch holds, and got less. */
  littleReads = 0;
  /** So many of the next messages are a call each. */
  sendsAlone = 0;
  /** How many runs of reads (`runs.ts`) were in vain of late: its task was given the time to read on, and did not. */
  runsInVain = 0;
  /** Told when the number is closed: calls that do not wait for the kernel (yet). */
  closing: Set<() => void> | null = null;
  /** accept(2) has given a connection, or has waited for one. */
  listens = false;
  /** Others may have the open socket, too: the number was given away, or came from elsewhere. */
  isShared = false;
  /** Somebody may have put a layer on the stream (`TCP_ULP`) since the last look for one. */
  mayBeLayered = false;
  /** The next attempt where no event says when. */
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

  /** A short read says that there is no more now: of TCP, and of a Unix stream that did not stop at
   *  control messages. */
  get shortReadDrains(): boolean {
    if (this.mayBeLayered) this.#lookForLayer();
    return this.kind.isByteStream && !this.#hearsMore;
  }

  /** A layer of TLS has a read stop where a record of another kind begins. */
  #lookForLayer(): void {
    this.mayBeLayered = false;
    if (!this.kind.isTcp || this.face.mode === "sync") return;
    const name = Buffer.alloc(ULP_NAME_MAX);
    if (native.getsockopt(this.fd, IPPROTO_TCP, TCP_ULP, name) > 0) this.#hearsMore = true;
  }

  /** Somebody else has the number, or had it. */
  share(): void {
    this.isShared = true;
    this.mayBeLayered = true;
  }

  /** An option was set. */
  heedOption(level: number, name: number): void {
    if (level === IPPROTO_TCP && name === TCP_ULP) this.mayBeLayered = true;
  }

  /** Fewer datagrams than asked for say the same: the kernel's own loop met EAGAIN. */
  get shortBatchDrains(): boolean {
    return this.kind.type === SOCK_DGRAM && !this.#hearsMore;
  }

  /** A descriptor that this face has just made, as a socket of the same kind. */
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

  /** An attempt gave EAGAIN. That of a peek or for urgent data says nothing of what else is there. */
  heedEmpty({ direction, flags }: Request): void {
    // Of what is shut down there is no event more: a call that comes later is to find out by itself.
    if (direction === READ && this.#isReadShut) return;
    if ((flags & (MSG_PEEK | MSG_OOB)) !== 0) return;
    this.notReady(direction);
    if (direction === READ) this.#noteLook(false);
  }

  /** A message was looked for that no event told of. Of many that wait for one each, the poller finds out itself. */
  #noteLook(isFound: boolean): void {
    this.looks?.note(this, isFound, this.#alike < 2);
  }

  /** Makes the system call of `request` once. */
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

  /** What EAGAIN comes to. Where a socket of messages, or a Unix listener, is shut down for reading, a blocking call ends when
   *  nothing is left, but one that does not block gives EAGAIN for ever. (Of TCP it is the stream's end.) */
  atEnd({ call, direction, flags }: Request): number {
    const isBlocking = this.timeout === null && (flags & MSG_DONTWAIT) === 0;
    if (direction !== READ || this.kind.isTcp || !isBlocking) return -EAGAIN;
    if (!isReadShut(this.fd)) return -EAGAIN;
    // No address, no flags and no control messages come with it.
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

  /** Has `request` wait, a read that the poller can make, where nobody else waits for one. It is not kept. */
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

  /** The one who waits alone is the first of the queue from now on. */
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
    if (direction === READ) this.#countReader(request, last);
    poller.addWaiting();
  }

  /** Another reader waits, behind `before`. */
  #countReader(request: Request, before: Request | null): void {
    if (before === null) {
      this.#alike = 1;
      this.#announce();
    } else if (this.#alike > 0) {
      this.#alike = this.kind.keepsMessages && areAlike(request, before) ? this.#alike + 1 : 0;
      poller.setWaiting(this, Math.max(this.#alike, 1));
    }
  }

  /** A reader has left; `wasFirst`: the one before all others. */
  #discountReader(wasFirst: boolean): void {
    if (this.#alike > 1) {
      this.#alike--;
      poller.setWaiting(this, this.#alike);
    } else if (wasFirst) {
      this.#announce();
    }
  }

  /** Lets the poller know what the one who waits first would read. */
  #announce(): void {
    const first = this.#lastReader?.next ?? null;
    // An error that is the next call's is no other's.
    const size = this.readError === 0 ? (first?.aheadSize ?? 0) : 0;
    const memory = size > 0 ? aheadMemory(first as Request) : null;
    poller.readAhead(this, size, first?.call.readForm, memory);
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
    if (direction === READ) this.#discountReader(isFirst);
    request.next = null;
    request.previous = null;
    poller.removeWaiting();
    return true;
  }

  /** Looks at what else there is to hear of. */
  #heed(events: number): void {
    if ((events & STICKY_EVENTS) === 0) return;
    if ((events & EPOLLRDHUP) !== 0) this.#isReadShut = true;
    this.#hearsMore = true;
  }

  /** Who is told of the read that the poller made. */
  get reader(): Resolve | null {
    return this.#alone !== null ? this.#aloneResolve : (this.#lastReader?.next?.resolve ?? null);
  }

  /** The poller has read `rc` bytes for the one who waits first, who waits no more: gives what it is to get. */
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

  /** The poller saw an edge, and has tried to read if `rc` is not NOT_READ. */
  onEvents(events: number, rc: number): void {
    this.#heed(events);
    const { reader } = this;
    if (rc !== NOT_READ) this.#onRead(rc);
    else if ((events & READ_EVENTS) !== 0) this.retry(READ);
    if ((events & WRITE_EVENTS) !== 0 && !this.#isOwnEvent(events)) this.retry(WRITE);
    if ((events & ERROR_EVENTS) !== 0) this.retry(ERROR);
    if (this.looks?.isToldAgain !== true || rc >= 0 || words[ROUND] !== 0) return;
    if (reader === null || reader === this.reader) this.looks.endTelling(this);
  }

  /** Whether an event of room to write is what the last attempt itself has made: what the kernel had taken for a message
   *  to a queue without room came free again. To try again for that would be for ever. */
  #isOwnEvent(events: number): boolean {
    const isOwn = this.#awaitsOwnEvent && (events & ERROR_EVENTS) === 0;
    this.#awaitsOwnEvent = false;
    return isOwn;
  }

  /** The read of the one who waits first gave `rc`. */
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

  /** An attempt may succeed now: serves who waits. */
  retry(direction: Direction): void {
    this.setReady(direction);
    if (this.hasWaiting(direction)) this.#serve(direction);
  }

  /** Serves those that wait, in order, for as long as the descriptor is ready. */
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

  /** The one who waits first goes on to wait: an attempt gave EAGAIN, or LATER. */
  heedNotYet(request: Request, rc: number): void {
    if (rc === LATER) this.postpone(request);
    else this.heedEmpty(request);
  }

  /** Has the poller serve those that wait for a message each at the end of the tick; false: it cannot. */
  #arePutOff(): boolean {
    if (this.#alike < 2 || this.readError !== 0) return false;
    return words[PUTS_OFF] !== 0 && words[TURN_OVER] === 0 && poller.putOffRead(this);
  }

  resume(direction: Direction): void {
    if (this.fd >= 0) this.#serve(direction);
  }

  /** Serves those that wait in the loop's next turn. */
  #resumeLater(direction: Direction): void {
    if (direction !== WRITE) nextTurn(() => this.resume(direction));
    else if (writers.push(this) === 1) nextTurn(serveWriters);
  }

  /** Puts off what those who wait send, as much as is made in one go. */
  putOffWaiting(): void {
    const first = this.#lastWriter?.next ?? null;
    if (first !== null && this.isReady(WRITE)) outbox.addWaiting(first);
  }

  /** Somebody has left the queue unserved: those behind may be what the descriptor is ready for. */
  serveLater(direction: Direction): void {
    if (this.hasWaiting(direction) && this.isReady(direction)) this.#resumeLater(direction);
  }

  /** Tries again after the request's own time, or in the loop's next turn. */
  postpone(request: Request): void {
    const { direction, backoffMs } = request;
    if (backoffMs === 0) {
      this.#resumeLater(direction);
      return;
    }
    this.notReady(direction);
    this.#awaitsOwnEvent = direction === WRITE;
    clearTimeout(this.#retryTimer);
    // Also where this request is gone by then: those behind it wait for the same.
    this.#retryTimer = setTimeout(() => this.retry(direction), backoffMs).unref();
  }

  /** The number is closed under everybody who waits here, or given away while it `isOpen`. */
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

  /** Ends what waits, then the registration, then the number. */
  close(): number {
    if (this.fd < 0) return 0;
    const fd = this.release(false);
    poller.dismiss(fd);
    return native.close(fd);
  }

  /** Ends what waits, and knows the number no more, which stays open or is closed next. */
  release(isOpen: boolean): number {
    const { fd } = this;
    poller.leave(this);
    this.fd = -1;
    this.readyBits = ALL_READY; // whatever comes now is to hear EBADF from its own call
    this.onClosed(isOpen);
    return fd;
  }
}

/** Those that may be written to in the loop's next turn. */
let writers: Descriptor[] = [];

/** Has the sends of many made together. */
function serveWriters(): void {
  const descriptors = writers;
  writers = [];
  outbox.empty(); // JavaScript's time begins
  for (const descriptor of descriptors) {
    if (mustYield()) break;
    descriptor.putOffWaiting();
  }
  outbox.empty();
  for (const descriptor of descriptors) descriptor.resume(WRITE);
}

/** Whether nothing more will come. Errors, which poll(2) tells of unasked, say nothing of that. */
function isReadShut(fd: number): boolean {
  const events = native.poll(fd, EPOLLRDHUP, 0);
  return events > 0 && (events & EPOLLRDHUP) !== 0;
}

/** Whether two readers want the same, each a message that is the poller's to read. */
function areAlike(request: Request, before: Request): boolean {
  const { call, size } = request;
  if (call !== before.call || size !== before.size || call.readForm === BY_RECV_INTO) return false;
  return request.aheadSize > 0 && before.aheadSize > 0;
}

/** The caller's memory, where the poller's read of the call goes there. */
function aheadMemory({ call, bytes }: Request): Uint8Array | null {
  return call.readForm === BY_RECV_INTO ? bytes : null;
}
