/** Reads that the native side makes in a tick before it reports the events: for each ready descriptor, the
 * read of the recv that waits there first. One call into JavaScript serves all of them (decision 012). */
import {
  ASKED_COUNT,
  asked,
  BY_RECV,
  native,
  ONLY_WANTED,
  POOLED,
  READ_INTS,
  READY_MAX,
  type ReadForm,
  ROUND,
  reads,
  VALUES,
  words,
} from "../native.js";
import type { Descriptor } from "./descriptor.js";
import { READ, type Resolve, reject } from "./request.js";
import { BULK, runs } from "./runs.js";
import { endPools, selectPool } from "./scratch.js";
import { spendBytes } from "./turn.js";

/** The fields of a row, in the order in which `Native.pollerReads` names them. */
const FD = 0;
const GENERATION = 1;
const SIZE = 2;
const TELLS_STOPS = 3;
const PUT_OFF = 4;
const FORM = 5;
const WAITING = 6;
const LIKELY = 7;
const ROW_INTS = 8;
const FIRST_ROWS = 64;

export class ReadAhead {
  /** The reads that are waited for: a row for each slot of the poller. */
  #wanted = new Int32Array(0);
  /** By slot: the caller's memory, while a call waits for it to be filled. */
  readonly #memories: (Uint8Array | null)[] = [];
  /** How many rows have a size, and the sum of their slots: if it is one row, that is its slot. */
  #wantedCount = 0;
  #wantedSlots = 0;
  /** By row of the tick: what resolves the Promise of the read that has ended, and what its caller gets. */
  readonly #over = new Array<Resolve | null>(READY_MAX).fill(null);
  readonly #values = new Array<unknown>(READY_MAX).fill(undefined);
  /** By row: the descriptor, if the read gave all that was asked for, and no less than BULK. */
  readonly #bulk = new Array<Descriptor | null>(READY_MAX).fill(null);

  /** A descriptor has got a slot. */
  place(slot: number, { fd, kind }: Descriptor, generation: number): void {
    const at = slot * ROW_INTS;
    if (at >= this.#wanted.length) {
      const grown = new Int32Array(Math.max(FIRST_ROWS * ROW_INTS, at * 2));
      grown.set(this.#wanted);
      this.#wanted = grown;
      native.pollerReads(new Uint8Array(grown.buffer), this.#memories);
    }
    this.#wanted[at + FD] = fd;
    this.#wanted[at + GENERATION] = generation;
    this.#wanted[at + TELLS_STOPS] = Number(kind.tellsStops);
    this.#wanted[at + LIKELY] = 1;
    this.want(slot, 0, BY_RECV, null);
  }

  /** Says how much to read for the call that waits at the slot, and how; 0: nothing. `memory`: the caller's,
   *  or null. */
  want(slot: number, size: number, form: ReadForm, memory: Uint8Array | null): void {
    const at = slot * ROW_INTS;
    const isWanted = size > 0;
    if (isWanted !== (this.#wanted[at + SIZE] as number) > 0) {
      this.#wantedCount += isWanted ? 1 : -1;
      this.#wantedSlots += isWanted ? slot : -slot;
      words[ONLY_WANTED] = this.#wantedCount === 1 ? this.#wantedSlots : -1;
    }
    this.#wanted[at + SIZE] = size;
    this.#wanted[at + FORM] = form;
    this.#wanted[at + WAITING] = 1;
    this.#memories[slot] = memory;
  }

  /** Says how many calls wait by now for the slot's read. */
  setWaiting(slot: number, waiting: number): void {
    this.#wanted[slot * ROW_INTS + WAITING] = waiting;
  }

  /** Has the slot's read made at the end of the tick, or earlier; false: there is no room for it. */
  putOff(slot: number): boolean {
    const at = slot * ROW_INTS + PUT_OFF;
    if (this.#wanted[at] !== 0) return true;
    const count = words[ASKED_COUNT] as number;
    if (count >= asked.length) return false;
    this.#wanted[at] = 1;
    asked[count] = slot;
    words[ASKED_COUNT] = count + 1;
    return true;
  }

  /** What was read for a row of the tick: bytes, a negative errno, or NOT_READ. */
  result(row: number): number {
    return reads[READ_INTS * row] as number;
  }

  /** Ends the call that the row was read for, except for its Promise. From then on nothing can abort it with
   *  the bytes in hand. */
  take(row: number, rc: number, descriptor: Descriptor, events: number): void {
    this.#over[row] = null;
    if (rc < 0) return;
    // The first round is bounded by its events, each further one by the budget.
    if (words[ROUND] !== 0) spendBytes(rc);
    words[POOLED] = reads[READ_INTS * row + 1] as number;
    words[VALUES] = reads[READ_INTS * row + 2] as number;
    selectPool(reads[READ_INTS * row + 3] as number);
    const { reader } = descriptor;
    if (reader === null) return;
    this.#bulk[row] = rc >= BULK && this.#isWhole(rc, descriptor) ? descriptor : null;
    try {
      this.#values[row] = descriptor.endRead(rc, events);
      this.#over[row] = reader;
    } catch (error) {
      reject(reader, error);
    }
  }

  /** Whether the read of a stream gave all that was asked for, so that there is most likely more. */
  #isWhole(rc: number, { slot, kind }: Descriptor): boolean {
    return kind.isByteStream && rc === this.#wanted[slot * ROW_INTS + SIZE];
  }

  /** All calls of the tick have been taken. */
  endTaking(): void {
    endPools();
  }

  /** Resolves the Promise of the call that was ended. */
  deliver(row: number): void {
    const resolve = this.#over[row] as Resolve | null;
    const bulk = this.#bulk[row] as Descriptor | null;
    // If another read waits for the same stream, this one is answered at once: it came first.
    if (resolve !== null && bulk !== null && !bulk.hasWaiting(READ) && runs.takes(bulk)) {
      runs.add(bulk, resolve, this.#values[row]);
    } else {
      resolve?.(this.#values[row] as never);
    }
    this.#over[row] = null;
    this.#bulk[row] = null;
    this.#values[row] = undefined;
  }
}
