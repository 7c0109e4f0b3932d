/** Sends of which many are made: they are put off until the tick's JavaScript has run, or the microtasks that are
 * there (`gathering.ts`), and made in one go by the native side, which takes less than to alternate between the two (see
 * `native/bind/outbox.c`).
 *
 * Any call of the native module makes those that are put off first: no program sees another order of
 * its calls than its own. */
import * as os from "node:os";
import { AF_UNIX, MSG_FASTOPEN, MSG_ZEROCOPY } from "../constants.generated.js";
import { lengthOf, memoryLengthOf } from "../memory.js";
import {
  ADDRESS_BYTES,
  APART,
  JOINS,
  NEXT,
  NOT_SENT,
  native,
  onlyOne,
  PACE,
  PUT_OFF_COUNT,
  PUTS_OFF,
  SEND_INTS,
  SENDS_MAX,
  SENT,
  sends,
  words,
} from "../native.js";
import type { Descriptor } from "./descriptor.js";
import { Gathering } from "./gathering.js";
import { type Request, WRITE } from "./request.js";

const { EAGAIN } = os.constants.errno;

/** So much is copied, as of one message of a datagram mostly. What is longer is borrowed: the memory is the caller's. */
const SMALL = 2048;
/** More is worth a call of its own. */
const LONG = 64 * 1024;
/** What cannot be borrowed is copied up to here; to copy more costs more than is gained. */
const COPIED_MAX = 16 * 1024;
/** WebAssembly's memory has so many bytes a page. */
const PAGE = 64 * 1024;
const SIZE = 128 * 1024;
/** Never put off: with MSG_ZEROCOPY the kernel goes on to read the memory when the call is over, which must be the
 *  caller's own; with MSG_FASTOPEN the call connects first, and may have to wait for that. */
const AT_ONCE = MSG_ZEROCOPY | MSG_FASTOPEN;
/** Where in a row of `sends` is what `SEND_INTS` says that it has. */
const FD = 0;
const PLACE = 1;
const LENGTH = 2;
const FLAGS = 3;
const RELATION = 4;
const ADDRESS = 5;
const BORROWED = 6;
const RESULT = 7;
const UNTOLD = 8;
/** After a refusal so many messages are made one by one: of many in one call, the kernel tells the error of the first
 *  alone. */
const ALONE = 1000;

/** How many bytes there are by now. */
function heldLength(request: Request): number {
  const { call, bytes } = request;
  if (call.parts === undefined) return lengthOf(bytes);
  const parts = call.parts(request);
  return parts === null ? -1 : parts.reduce((sum, part) => sum + lengthOf(part), 0);
}

/** Whether it may be memory of WebAssembly's, which is whole pages, mostly several: when that grows, which its sender does
 *  not notice, all arrays on it become empty. */
function mayGrow(bytes: Uint8Array): boolean {
  const size = memoryLengthOf(bytes);
  return size > PAGE && size % PAGE === 0;
}

function isBorrowed({ call, size, bytes }: Request): boolean {
  // Parts are to be side by side.
  return size > SMALL && call.parts === undefined && !mayGrow(bytes);
}

function copiedLength(request: Request): number {
  return isBorrowed(request) ? 0 : request.size;
}

/** Whether `request` is send(2), of bytes that are not too many and as many as they say. */
function isTaken(request: Request): boolean {
  const { call, size, flags } = request;
  if (call.sent === undefined || (flags & AT_ONCE) !== 0) return false;
  if (size > LONG || heldLength(request) !== size) return false;
  return copiedLength(request) <= COPIED_MAX;
}

/** Whether the send of `request`, which waits, can be put off: nothing of it has been sent. */
function takesWaiting(request: Request): boolean {
  return request.progress === 0 && isTaken(request);
}

/** Whether a send gave more to tell of than that there is no room. */
function isError(rc: number): boolean {
  return rc < 0 && rc !== -EAGAIN && rc !== NOT_SENT;
}

/** Whether an error may be that of a message sent before, which the peer refused. */
function mayBeAnothers({ descriptor, sockaddr }: Request): boolean {
  return sockaddr === null && descriptor.family !== AF_UNIX;
}

/** Whether the next message of `descriptor` is a call of its own. */
function isAlone(descriptor: Descriptor): boolean {
  if (descriptor.sendsAlone === 0) return false;
  descriptor.sendsAlone--;
  return true;
}

/** What a call is to the one that was put off before it. */
function relationOf(request: Request, before: Request | null): number {
  const { call, descriptor, flags } = request;
  if (before?.descriptor !== descriptor) return APART;
  if (descriptor.kind.keepsMessages)
    return mayBeAnothers(request) && isAlone(descriptor) ? APART : NEXT;
  const isMore = descriptor.kind.isByteStream && call.joins === true && before.call.joins === true;
  return isMore && (flags | before.flags) === 0 ? JOINS : APART;
}

class Outbox {
  /** Memory that no program sees: none is transferred away. */
  readonly #bytes = new Uint8Array(SIZE);
  #used = 0;
  /** The memory of the sends that borrow it, a place a row. */
  readonly #borrowed = new Array<Uint8Array | null>(SENDS_MAX).fill(null);
  readonly #requests = new Array<Request | null>(SENDS_MAX).fill(null);
  readonly #gathering = new Gathering(
    // Not when the first is put off: that may be in 'exit', when it is too late for a listener of ours.
    () => this.start(),
    () => native.emptyOutbox(), // JavaScript's time begins
    () => this.empty(),
  );
  #isTelling = false;
  #isStarted = false;
  /** The process ends: nobody comes back to what is put off now. */
  #isOver = false;

  /** From now on sends can be put off. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    native.useOutbox(this.#bytes, this.#borrowed);
    // Nothing is lost that was sent before the process was ended.
    process.on("exit", () => {
      this.#isOver = true;
      native.emptyOutbox();
    });
  }

  /** Whether sends are put off now. */
  isOpen(): boolean {
    return (words[PUTS_OFF] !== 0 || this.#gathering.takes()) && !this.#isOver;
  }

  /** Whether the send of `request` can be put off. Makes room for it. */
  takes(request: Request): boolean {
    if (!this.#hasRoom(request)) this.empty();
    return isTaken(request);
  }

  #hasRoom(request: Request): boolean {
    return this.#used + copiedLength(request) + ADDRESS_BYTES <= SIZE;
  }

  /** Puts off the send of `request`, which `takes` takes and somebody waits for. false: async_hooks, which hear of a microtask
   *  here, have taken its bytes away, or its room. */
  add(request: Request): boolean {
    if (words[PUTS_OFF] === 0) {
      this.#gathering.add();
      if (!this.#hasRoom(request)) return false;
    }
    if (!this.#write(request)) return false;
    // The pace is that of the batch before: one delay does not make all that follows in the tick one by one.
    if ((words[PUT_OFF_COUNT] as number) >= (words[PACE] as number)) this.empty();
    return true;
  }

  /** Makes the sends of `first` and of those that wait behind it in one go, as many as it takes. false: `first` has to be
   *  tried by itself. */
  makeWaiting(first: Request): boolean {
    // A table of which is told yet is not to be written to.
    if (first.next === first || this.#isTelling || !takesWaiting(first)) return false;
    this.empty(); // what is put off comes first, and JavaScript's time begins
    this.addWaiting(first);
    this.empty();
    return first.next === null || !first.descriptor.isReady(WRITE);
  }

  /** Puts off the sends of `first` and of those that wait behind it, as many as it takes. They go on to wait: who calls
   *  this has them made before anything else comes to pass. */
  addWaiting(first: Request): void {
    if (first.descriptor.putOff > 0) return;
    let request = first;
    do {
      if (!takesWaiting(request)) return;
      if (words[PUT_OFF_COUNT] === SENDS_MAX || !this.#hasRoom(request)) {
        if (request !== first) return;
        this.empty();
      }
      if (!this.#write(request)) return;
      request = request.next as Request;
    } while (request !== first);
  }

  /** false: there are not as many bytes any more. */
  #write(request: Request): boolean {
    const { size, descriptor, sockaddr } = request;
    const row = words[PUT_OFF_COUNT] as number;
    const at = row * SEND_INTS;
    sends[at + FD] = descriptor.fd;
    sends[at + PLACE] = this.#used;
    sends[at + LENGTH] = size;
    sends[at + FLAGS] = request.kernelFlags;
    sends[at + RELATION] = relationOf(
      request,
      row > 0 ? (this.#requests[row - 1] as Request) : null,
    );
    sends[at + ADDRESS] = sockaddr === null ? 0 : sockaddr.length;
    const borrows = isBorrowed(request);
    sends[at + BORROWED] = Number(borrows);
    if (borrows) this.#borrowed[row] = request.bytes;
    else if (!this.#copy(request)) return false;
    if (sockaddr !== null) this.#append(sockaddr);
    this.#requests[row] = request;
    words[PUT_OFF_COUNT] = row + 1;
    descriptor.putOff++;
    return true;
  }

  #copy(request: Request): boolean {
    const { call, bytes, size } = request;
    const start = this.#used;
    const parts = call.parts === undefined ? null : call.parts(request);
    if (parts === null) this.#append(bytes);
    else for (const part of parts) this.#append(part);
    if (this.#used === start + size) return true;
    this.#used = start;
    return false;
  }

  #append(bytes: Uint8Array): void {
    const length = lengthOf(bytes);
    if (length === 0) return; // `set` throws where memory is gone, also of no bytes
    this.#bytes.set(bytes, this.#used);
    this.#used += length;
  }

  /** Makes what is put off, and tells of it. */
  empty(): void {
    native.emptyOutbox();
    this.tell();
  }

  /** Tells what came of the sends that the native side has made. */
  tell(): void {
    const count = words[PUT_OFF_COUNT] as number;
    words[PUT_OFF_COUNT] = 0;
    words[SENT] = 0;
    this.#used = 0;
    this.#isTelling = true;
    for (let row = 0; row < count; row++) {
      const request = this.#requests[row] as Request;
      this.#requests[row] = null;
      this.#borrowed[row] = null;
      const { descriptor } = request;
      const at = row * SEND_INTS;
      const rc = sends[at + RESULT] as number;
      descriptor.putOff--;
      if (sends[at + UNTOLD] !== 0 || isError(rc)) descriptor.sendsAlone = ALONE;
      // Of the build that made it: the errors are its own.
      descriptor.face.onSent(request, rc, sends[at + RELATION] === JOINS);
    }
    this.#isTelling = false;
  }
}

export const outbox = onlyOne("outbox", () => new Outbox());
