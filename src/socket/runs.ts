/** Reads of a stream in a row. Where several streams have more than a read takes, to read one a few times before the next
 * takes the kernel less than in turns: what it copies, and the state of the connection, stay in the caches, and fewer
 * acknowledgements go out. But tasks that are told of their reads at the same time run in turns. So of those that got as
 * much as they asked for, the next is told when the one before it reads no more. */
import type { Descriptor } from "./descriptor.js";
import type { Resolve } from "./request.js";

/** Of so many bytes a read is worth it. */
export const BULK = 16 * 1024;
/** So many reads more, in a row. */
const MOST = 15;
/** A task that has been told of its read reads again within so many microtasks, or does something else first. */
const HOPS = 4;

/** So many runs in vain, one behind the other, and none is tried for so many reads: of who sends on what it reads, say. */
const VAIN_MAX = 4;
const PAUSE = 32;

interface Told {
  readonly descriptor: Descriptor;
  readonly resolve: Resolve;
  readonly value: unknown;
}

export class Runs {
  #queue: Told[] = [];
  #next = 0;
  #current: Descriptor | null = null;
  #left = 0;
  #hops = 0;

  /** Whether a run of `descriptor` is worth a try. */
  takes(descriptor: Descriptor): boolean {
    if (descriptor.runsInVain < VAIN_MAX) return true;
    if (++descriptor.runsInVain === VAIN_MAX + PAUSE) descriptor.runsInVain = VAIN_MAX - 1;
    return false;
  }

  /** Has `resolve` told of `value`, which was read from `descriptor`, when those before it read no more. */
  add(descriptor: Descriptor, resolve: Resolve, value: unknown): void {
    this.#queue.push({ descriptor, resolve, value });
    if (this.#queue.length === 1) queueMicrotask(this.#step);
  }

  readonly #step = (): void => {
    const current = this.#current;
    if (current !== null && this.#goesOn(current)) {
      queueMicrotask(this.#step);
      return;
    }
    if (current !== null) this.#end(current);
    const told = this.#queue[this.#next++];
    if (told === undefined) {
      this.#queue = [];
      this.#next = 0;
      this.#current = null;
      return;
    }
    const { descriptor, resolve, value } = told;
    this.#current = descriptor;
    this.#hops = 0;
    descriptor.readsInARow = this.#left = MOST;
    resolve(value as never);
    queueMicrotask(this.#step);
  };

  #end(current: Descriptor): void {
    current.runsInVain = current.readsInARow === MOST ? current.runsInVain + 1 : 0;
    current.readsInARow = 0;
  }

  #goesOn(current: Descriptor): boolean {
    const { readsInARow } = current;
    if (readsInARow === this.#left) return ++this.#hops <= HOPS;
    this.#left = readsInARow;
    this.#hops = 0;
    return readsInARow > 0;
  }
}
