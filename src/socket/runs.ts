/** Reads of one stream in a row. Where several streams have more than one read takes, it costs the kernel
 * less to read one of them a few times before the next than to take turns: the data that it copies, and the
 * state of the connection, stay in the caches, and fewer acknowledgements go out (decision 026). But tasks
 * that get their reads at the same time take turns. So, of the streams whose reads gave all that was asked
 * for, the next gets its read only when the one before it has stopped reading. */
import { queueMicrotask } from "../clock.js";
import { onlyOne } from "../native.js";
import type { Descriptor } from "./descriptor.js";
import type { Resolve } from "./request.js";

/** Reads of this many bytes and more are worth it. */
export const BULK = 16 * 1024;
/** How many more reads a run may have. */
const MOST = 15;
/** A task that gets its read either reads again within this many microtasks, or does something else first. */
const HOPS = 4;

/** After this many vain runs of a stream in succession none is tried for its next PAUSE reads: its task sends
 *  on what it reads, say. */
const VAIN_MAX = 4;
const PAUSE = 32;

/** A read that has been made, but that its caller has not got yet. */
export interface Delivery {
  readonly descriptor: Descriptor;
  readonly resolve: Resolve;
  readonly value: unknown;
}

class Runs {
  #queue: Delivery[] = [];
  #next = 0;
  /** Whose turn it is, how many more reads it may make, and how many it still had when last checked. */
  #current: Descriptor | null = null;
  #left = 0;
  #leftBefore = 0;
  #hops = 0;

  /** Whether a run of `descriptor` is worth a try. */
  takes(descriptor: Descriptor): boolean {
    if (descriptor.runsInVain < VAIN_MAX) return true;
    if (++descriptor.runsInVain === VAIN_MAX + PAUSE) descriptor.runsInVain = VAIN_MAX - 1;
    return false;
  }

  /** Gives `value`, which was read from `descriptor`, to `resolve` once the streams before it have stopped
   *  reading. */
  add(descriptor: Descriptor, resolve: Resolve, value: unknown): void {
    if (descriptor.undelivered !== null) this.deliver(descriptor.undelivered);
    descriptor.undelivered = { descriptor, resolve, value };
    this.#queue.push(descriptor.undelivered);
    if (this.#queue.length === 1) queueMicrotask(this.#step);
  }

  /** Hands a read to its caller: its turn has come, or another read of the same stream follows. */
  deliver({ descriptor, resolve, value }: Delivery): void {
    descriptor.undelivered = null;
    resolve(value as never);
  }

  /** Whether a read of `descriptor` that is asked for now belongs to its run, and so is made at once. */
  goesOn(descriptor: Descriptor): boolean {
    if (descriptor !== this.#current || this.#left === 0) return false;
    this.#left--;
    return true;
  }

  readonly #step = (): void => {
    const current = this.#current;
    if (current !== null && this.#reads()) {
      queueMicrotask(this.#step);
      return;
    }
    if (current !== null) current.runsInVain = this.#left === MOST ? current.runsInVain + 1 : 0;
    let delivery = this.#queue[this.#next++];
    while (delivery !== undefined && delivery !== delivery.descriptor.undelivered)
      delivery = this.#queue[this.#next++];
    if (delivery === undefined) {
      this.#queue = [];
      this.#next = 0;
      this.#current = null;
      return;
    }
    this.#current = delivery.descriptor;
    this.#left = this.#leftBefore = MOST;
    this.#hops = 0;
    this.deliver(delivery);
    queueMicrotask(this.#step);
  };

  /** Whether the stream whose turn it is has been read, or may still be. */
  #reads(): boolean {
    if (this.#left === this.#leftBefore) return ++this.#hops <= HOPS;
    this.#leftBefore = this.#left;
    this.#hops = 0;
    return this.#left > 0;
  }
}

export const runs = onlyOne("runs", () => new Runs());
