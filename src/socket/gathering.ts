/** Puts sends off where no tick of many events does: those of a single event, a timer, a loop of the program's own.
 * Where several are made before the pending microtasks have run (by tasks side by side, or as one message to all), those that
 * follow are put off until they have. A program that awaits each of its sends has each made at once. */

import { queueMicrotask } from "../clock.js";

/** From so many on one call for all of them is worth it. */
const WORTH_IT = 3;
/** So many sends are made, at first and at most, between two looks at how many are made at a time. */
const FIRST_PASS = 8;
const LAST_PASS = 128;

export class Gathering {
  /** Whether sends are put off now. */
  #isOn = false;
  /** How many sends there were (put off, or made at once) since the first, while the microtasks that were pending then
   *  run; 0: nobody counts. */
  #count = 0;
  /** How many to make until the next look, and until the one behind it. */
  #pass = FIRST_PASS;
  #nextPass = FIRST_PASS;

  /** `start` is called before it is seen whether there are many, `begin` before the first of many is put off, and `end`
   *  has them made. */
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

  /** Another is about to be put off. */
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
