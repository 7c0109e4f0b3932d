/** Puts sends off where many are made: until the tick's JavaScript has run, or the pending microtasks have
 * (`gathering.ts`). Then the native side makes all of them in one go, which takes less time than to alternate
 * between JavaScript and the kernel (see `native/bind/outbox.c`).
 *
 * Any call of the native module that asks the kernel for something makes what was put off first: calls are
 * made in the order in which the program makes them. */
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

/** Up to this length bytes are copied: most datagrams are no longer. Longer ones are borrowed: C reads them
 *  in the caller's own memory. */
const SMALL = 2048;
/** A longer send is worth a call of its own. */
const LONG = 64 * 1024;
/** Bytes that cannot be borrowed are copied up to this length: to copy more costs more than is gained. */
const COPIED_MAX = 16 * 1024;
/** The size of a page of WebAssembly's memory. */
const PAGE = 64 * 1024;
const SIZE = 128 * 1024;
/** Sends with these flags are never put off. With MSG_ZEROCOPY the kernel goes on reading the memory when the
 *  call is over, so that it must be the caller's own; with MSG_FASTOPEN the call connects first, and may have
 *  to wait for that. */
const AT_ONCE = MSG_ZEROCOPY | MSG_FASTOPEN;
/** The fields of a row of `sends`, in the order in which `SEND_INTS` names them. */
const FD = 0;
const PLACE = 1;
const LENGTH = 2;
const FLAGS = 3;
const RELATION = 4;
const ADDRESS = 5;
const BORROWED = 6;
const RESULT = 7;
const UNTOLD = 8;
/** After a refusal this many messages are sent one by one: of many in one call, the kernel reports an error
 *  only for the first. */
const ALONE = 1000;

/** How many bytes are still there: the program may have taken their memory away meanwhile. */
function heldLength(request: Request): number {
  const { call, bytes } = request;
  if (call.parts === undefined) return lengthOf(bytes);
  const parts = call.parts(request);
  return parts === null ? -1 : parts.reduce((sum, part) => sum + lengthOf(part), 0);
}

/** Whether `bytes` may lie in WebAssembly's memory, which is whole pages, mostly several. When that grows,
 *  all arrays on it become empty, and the sender notices nothing: such bytes are not borrowed. */
function mayGrow(bytes: Uint8Array): boolean {
  const size = memoryLengthOf(bytes);
  return size > PAGE && size % PAGE === 0;
}

function isBorrowed({ call, size, bytes }: Request): boolean {
  // Parts have to lie side by side, so they are copied.
  return size > SMALL && call.parts === undefined && !mayGrow(bytes);
}

function copiedLength(request: Request): number {
  return isBorrowed(request) ? 0 : request.size;
}

/** Whether `request` is a send(2) that can be put off: its bytes are not too many, and are all still there. */
function isTaken(request: Request): boolean {
  const { call, size, flags } = request;
  if (call.sent === undefined || (flags & AT_ONCE) !== 0) return false;
  if (size > LONG || heldLength(request) !== size) return false;
  return copiedLength(request) <= COPIED_MAX;
}

/** The same of a request that waits: nothing of it must have been sent yet. */
function takesWaiting(request: Request): boolean {
  return request.progress === 0 && isTaken(request);
}

/** Whether a send failed for another reason than a lack of room. */
function isError(rc: number): boolean {
  return rc < 0 && rc !== -EAGAIN && rc !== NOT_SENT;
}

/** Whether an error of this send may be that of an earlier message, which the peer refused (decision 023). */
function mayBeAnothers({ descriptor, sockaddr }: Request): boolean {
  return sockaddr === null && descriptor.family !== AF_UNIX;
}

/** Whether the next message of `descriptor` has to be a call of its own. */
function isAlone(descriptor: Descriptor): boolean {
  if (descriptor.sendsAlone === 0) return false;
  descriptor.sendsAlone--;
  return true;
}

/** How a send relates to the one that was put off right before it. */
function relationOf(request: Request, before: Request | null): number {
  const { call, descriptor, flags } = request;
  if (before?.descriptor !== descriptor) return APART;
  if (descriptor.kind.keepsMessages)
    return mayBeAnothers(request) && isAlone(descriptor) ? APART : NEXT;
  const isMore = descriptor.kind.isByteStream && call.joins === true && before.call.joins === true;
  return isMore && (flags | before.flags) === 0 ? JOINS : APART;
}

class Outbox {
  /** No program sees this memory, so none can transfer it away. */
  readonly #bytes = new Uint8Array(SIZE);
  #used = 0;
  /** By row: the caller's memory, of a send that borrows it. */
  readonly #borrowed = new Array<Uint8Array | null>(SENDS_MAX).fill(null);
  readonly #requests = new Array<Request | null>(SENDS_MAX).fill(null);
  readonly #gathering = new Gathering(
    // Not only when the first is put off: that may be during 'exit', too late for a listener of ours.
    () => this.start(),
    () => native.emptyOutbox(), // from here on JavaScript's time is measured
    () => this.empty(),
  );
  #isTelling = false;
  #isStarted = false;
  /** The process is ending: what is put off now would never be sent. */
  #isOver = false;

  /** From now on sends can be put off. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    native.useOutbox(this.#bytes, this.#borrowed);
    // What was sent before the process ends must not be lost.
    process.on("exit", () => {
      this.#isOver = true;
      native.emptyOutbox();
    });
  }

  /** Whether sends are put off now. */
  isOpen(): boolean {
    return (words[PUTS_OFF] !== 0 || this.#gathering.takes()) && !this.#isOver;
  }

  /** Whether the send of `request` can be put off. Makes room for it first. */
  takes(request: Request): boolean {
    if (!this.#hasRoom(request)) this.empty();
    return isTaken(request);
  }

  #hasRoom(request: Request): boolean {
    return this.#used + copiedLength(request) + ADDRESS_BYTES <= SIZE;
  }

  /** Puts off the send of `request`, which `takes` has allowed and whose Promise has been made. false: it
   *  cannot be put off any more. Queueing a microtask here runs the program's async_hooks, which may have
   *  taken its bytes away, or its room. */
  add(request: Request): boolean {
    if (words[PUTS_OFF] === 0) {
      this.#gathering.add();
      if (!this.#hasRoom(request)) return false;
    }
    if (!this.#write(request)) return false;
    // PACE was measured on the batch before, and is measured again with each: a single delay does not have
    // all later sends of the tick made one by one.
    if ((words[PUT_OFF_COUNT] as number) >= (words[PACE] as number)) this.empty();
    return true;
  }

  /** Sends `first` and those that wait behind it in one go, as many as fit. false: `first` has to be
   *  attempted by itself. */
  makeWaiting(first: Request): boolean {
    // While `tell` reads the table, it must not be written to.
    if (first.next === first || this.#isTelling || !takesWaiting(first)) return false;
    this.empty(); // what is put off comes first, and from here on JavaScript's time is measured
    this.addWaiting(first);
    this.empty();
    return first.next === null || !first.descriptor.isReady(WRITE);
  }

  /** Puts off `first` and those that wait behind it, as many as fit. They stay in their queue: the caller has
   *  them made before anything else can happen. */
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

  /** Writes the row of a send; false: its bytes are not all there any more. */
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
    if (length === 0) return; // `set` throws if the memory is gone, even for no bytes
    this.#bytes.set(bytes, this.#used);
    this.#used += length;
  }

  /** Makes the sends that are put off, and reports what came of them. */
  empty(): void {
    native.emptyOutbox();
    this.tell();
  }

  /** Reports what came of the sends that the native side has made. */
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
      // The face is that of the build which made the request (ES modules or CommonJS): so its errors are, too.
      descriptor.face.onSent(request, rc, sends[at + RELATION] === JOINS);
    }
    this.#isTelling = false;
  }
}

export const outbox = onlyOne("outbox", () => new Outbox());
