/** Looks for another message behind one that has come, and whether they pay: of Unix messages, where a look that finds
 * nothing takes long. */
import type { Descriptor } from "./descriptor.js";
import { poller } from "./poller.js";

/** After so many looks for another message in vain (one that finds something takes two off) it pays to be told of each. */
const VAIN_MAX = 64;
const FOUND = 2;
/** Where fewer descriptors have news at a time, to be told of each takes as long as to look. */
const MANY = 5;
/** Where it is told of each message, it still looks for another behind one in so many. */
const LOOK_EACH = 32;

export class Looks {
  /** Whether the poller tells again and again, for as long as there is something to read (level-triggered). Else it tells
   *  once, and somebody has to look for another message behind each; where most come by themselves, that takes longer. */
  isToldAgain = false;
  /** How many looks were in vain of late, less those that were not. */
  #vain = 0;
  /** How many messages have come since the last look. */
  #unlooked = 0;

  /** `descriptor` was looked at; `mayTell`: it may be told of each message from now on. */
  note(descriptor: Descriptor, isFound: boolean, mayTell: boolean): void {
    if (isFound) {
      this.#vain = Math.max(this.#vain - FOUND, 0);
      if (this.#vain === 0 && this.isToldAgain) poller.tellAgain(descriptor, this, false);
    } else if (this.#vain < VAIN_MAX && poller.told >= MANY && ++this.#vain === VAIN_MAX) {
      if (mayTell && !this.isToldAgain) poller.tellAgain(descriptor, this, true);
    }
  }

  /** Whether to look if there is more, behind a message that the poller has read. */
  goOn(): boolean {
    if (!this.isToldAgain) return true;
    this.#unlooked = (this.#unlooked + 1) % LOOK_EACH;
    return this.#unlooked === 0;
  }

  /** An event has come to nothing: where it is told again and again, that would be for ever. */
  endTelling(descriptor: Descriptor): void {
    this.#vain = 0;
    poller.tellAgain(descriptor, this, false);
  }
}
