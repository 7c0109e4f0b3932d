/** Counts the looks for another message after one that has come, and whether they pay. Only for Unix sockets
 * of messages, where a look that finds nothing takes long (decision 004). */
import type { Descriptor } from "./descriptor.js";
import { poller } from "./poller.js";

/** After this many vain looks (each that finds a message takes FOUND off) it pays to be level-triggered
 *  instead. */
const VAIN_MAX = 64;
const FOUND = 2;
/** With fewer descriptors ready at a time, an event for each message takes as long as the looks. */
const MANY = 5;
/** Where the descriptor is level-triggered, one message in this many is still followed by a look. */
const LOOK_EACH = 32;

export class Looks {
  /** Whether the descriptor is level-triggered: the poller reports it for as long as there is something to
   *  read. Else it is reported once, and after each message somebody has to look for another. Where most
   *  messages come singly, that takes longer. */
  isLevelTriggered = false;
  /** How many looks found nothing of late, less FOUND for each that did. */
  #vain = 0;
  /** How many messages have come since the last look. */
  #unlooked = 0;

  /** `descriptor` was looked at for another message; `maySwitch`: it may become level-triggered. */
  note(descriptor: Descriptor, isFound: boolean, maySwitch: boolean): void {
    if (isFound) {
      this.#vain = Math.max(this.#vain - FOUND, 0);
      if (this.#vain === 0 && this.isLevelTriggered)
        poller.setLevelTriggered(descriptor, this, false);
    } else if (this.#vain < VAIN_MAX && poller.rowCount >= MANY && ++this.#vain === VAIN_MAX) {
      if (maySwitch && !this.isLevelTriggered) poller.setLevelTriggered(descriptor, this, true);
    }
  }

  /** Whether to look for another message after one that the poller has read. */
  goOn(): boolean {
    if (!this.isLevelTriggered) return true;
    this.#unlooked = (this.#unlooked + 1) % LOOK_EACH;
    return this.#unlooked === 0;
  }

  /** An event of a level-triggered descriptor has led to nothing, and would be reported for ever. */
  endLevelTriggering(descriptor: Descriptor): void {
    this.#vain = 0;
    poller.setLevelTriggered(descriptor, this, false);
  }
}
