/** Decides which sends to put off where no tick of many events does: those of a single event, of a timer, of
 * a loop of the program's own. Once several have been made before the pending microtasks have run (by tasks
 * side by side, or as one message to all), those that follow are put off until they have. A program that
 * awaits each of its sends has each made at once (decision 023). */

import { queueMicrotask } from "../clock.js";

/** From this many sends on, one call for all of them is worth it. */
const WORTH_IT = 3;
/** How many sends are made between two counts of how many come at a time: at first, and at most. */
const FIRST_PASS = 8;
const LAST_PASS = 128;

export class Gathering {
  /** Whether sends are put off now. */
  #isOn = false;
  /** How many sends there were (put off, or made at once) since the count began, which lasts until the
   *  microtasks that were pending then have run; 0: nothing is counted. */
  #count = 0;
  /** How many sends to make until the next count, and from that one to the count after it. */
  #pass = FIRST_PASS;
  #nextPass = FIRST_PASS;

  /** `start` is called when a count begins, `begin` before the first of many sends is put off, and `end`
   *  makes them. */
  constructor(
    readonly start: () => void,
    readonly begin: () => void,
    readonly end: () => void,
  ) {}

  /** Whether a send that comes now is put off. */
  takes(): boolean {
    if (this.#isOn) return true;
    if (this.#count > 0) {
      this.#count++;
    } else if (--this.#pass < 0) {
      this.start();
      this.#count = 1;
      queueMicrotask(this.#endLook);
    }
    return false;
  }

  /** A send is about to be put off. */
  add(): void {
    if (this.#count++ > 0) return;
    this.begin();
    queueMicrotask(this.#endTurn);
  }

  readonly #endLook = (): void => {
    this.#conclude();
    this.#pass = this.#nextPass;
    if (!this.#isOn) this.#nextPass = Math.min(this.#nextPass * 2, LAST_PASS);
  };

  readonly #endTurn = (): void => {
    this.#conclude();
    if (!this.#isOn) this.#pass = this.#nextPass = FIRST_PASS;
    this.end();
  };

  #conclude(): void {
    this.#isOn = this.#count >= WORTH_IT;
    this.#count = 0;
  }
}
