/** Reads of a stream in a row. Where several streams have more than a read takes, to read one a few times before the next
 * takes the kernel less than in turns: what it copies, and the state of the connection, stay in the caches, and fewer
 * acknowledgements go out. But tasks that are told of their reads at the same time run in turns. So of those that got as
 * much as they asked for, the next is told when the one before it reads no more. */
import { queueMicrotask } from "../clock.js";
import { onlyOne } from "../native.js";
import type { Descriptor } from "./descriptor.js";
import type { Resolve } from "./request.js";

/** Of so many bytes a read is worth it. */
export const BULK = 16 * 1024;
/** So many reads more, in a row. */
const MOST = 15;
/** A task that is told of its read either reads again within so many microtasks, or does something else first. */
const HOPS = 4;

/** After so many runs in vain, one behind the other, none is tried for a `PAUSE` of so many reads: the task sends on what it
 *  reads, say. */
const VAIN_MAX = 4;
const PAUSE = 32;

/** A read that is made, and that its caller has not heard of yet. */
export interface Told {
  readonly descriptor: Descriptor;
  readonly resolve: Resolve;
  readonly value: unknown;
}

class Runs {
  #queue: Told[] = [];
  #next = 0;
  /** Whose turn it is, how many reads more it may make, and how many it might at the last look. */
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

  /** Has `resolve` told of `value`, which was read from `descriptor`, when those before it read no more. */
  add(descriptor: Descriptor, resolve: Resolve, value: unknown): void {
    if (descriptor.untold !== null) this.tell(descriptor.untold);
    descriptor.untold = { descriptor, resolve, value };
    this.#queue.push(descriptor.untold);
    if (this.#queue.length === 1) queueMicrotask(this.#step);
  }

  /** Tells of `told`, whose turn it is, or before another read of its stream is told of. */
  tell({ descriptor, resolve, value }: Told): void {
    descriptor.untold = null;
    resolve(value as never);
  }

  /** Whether a read of `descriptor` that comes now is one of its run, and made at once. */
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
    let told = this.#queue[this.#next++];
    while (told !== undefined && told !== told.descriptor.untold) told = this.#queue[this.#next++];
    if (told === undefined) {
      this.#queue = [];
      this.#next = 0;
      this.#current = null;
      return;
    }
    this.#current = told.descriptor;
    this.#left = this.#leftBefore = MOST;
    this.#hops = 0;
    this.tell(told);
    queueMicrotask(this.#step);
  };

  /** Whether the one whose turn it is reads, or may do so yet. */
  #reads(): boolean {
    if (this.#left === this.#leftBefore) return ++this.#hops <= HOPS;
    this.#leftBefore = this.#left;
    this.#hops = 0;
    return this.#left > 0;
  }
}

export const runs = onlyOne("runs", () => new Runs());
