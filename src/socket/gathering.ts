/** Whether sends are put off that no tick of many events puts off: of one event, a timer, a program's own loops.
 * Where several are made before the microtasks that are there are over, as of tasks side by side or of one message to
 * all, those that follow are put off until then. A program that awaits each of its sends has each made at once. */
import { SENDS_MAX } from "../native.js";

/** From so many on one call for all of them is worth it. */
const WORTH_IT = 3;
/** Nobody's send waits for much more JavaScript than this. */
const PUT_OFF_MS = 0.1;
/** So many sends are made, at first and at most, between two looks at how many are made at a time. */
const FIRST_PASS = 8;
const LAST_PASS = 128;

export class Gathering {
  /** Whether sends are put off now. */
  #isOn = false;
  /** How many have been put off, or made where none are, before the microtasks that were there at the first are over;
   *  0: nobody looks. */
  #count = 0;
  /** How many of them have not been made, and since when. */
  #rows = 0;
  #since = 0;
  /** So many at a time. */
  #most = 1;
  /** How many to make until the next look, and until the one behind it. */
  #pass = FIRST_PASS;
  #nextPass = FIRST_PASS;

  /** `begin` is called before the first are put off, `make` has them made. */
  constructor(
    readonly begin: () => void,
    readonly make: () => void,
  ) {}

  /** Whether a send that comes now is put off. */
  takes(): boolean {
    if (this.#isOn) return true;
    if (this.#count > 0) this.#note();
    else if (--this.#pass < 0) this.#start(this.#endLook);
    return false;
  }

  /** Another is put off: the row of that number. */
  add(row: number): void {
    if (this.#count > 0) this.#note();
    else this.#start(this.#endTurn);
    if (row + 1 < this.#most) return;
    this.#pace();
    this.make();
    this.#since = performance.now();
  }

  #start(end: () => void): void {
    this.#since = performance.now();
    this.#note();
    queueMicrotask(end);
  }

  #note(): void {
    this.#count++;
    this.#rows++;
  }

  readonly #endLook = (): void => {
    this.#conclude();
    this.#pass = this.#nextPass;
    if (this.#isOn) this.begin();
    else this.#nextPass = Math.min(this.#nextPass * 2, LAST_PASS);
  };

  readonly #endTurn = (): void => {
    this.#conclude();
    if (!this.#isOn) this.#pass = this.#nextPass = FIRST_PASS;
    this.make();
  };

  #conclude(): void {
    if (this.#rows > 0) this.#pace();
    this.#isOn = this.#count >= WORTH_IT;
    this.#count = 0;
  }

  /** Looks at how fast JavaScript puts off. */
  #pace(): void {
    const ms = performance.now() - this.#since;
    this.#most = Math.max(1, Math.min(SENDS_MAX, Math.floor((this.#rows * PUT_OFF_MS) / ms)));
    this.#rows = 0;
  }
}
