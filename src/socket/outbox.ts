/** Small sends that are made in a tick: they are put off until its JavaScript has run, and made in one go by the
 * native side, which takes less than to alternate between the two (see `native/bind/outbox.c`).
 *
 * Any call of the native module makes those that are put off first: no program sees another order of
 * its calls than its own. */
import {
  native,
  onlyOne,
  PUT_OFF,
  PUT_OFF_MAX,
  SEND_INTS,
  SENDS_MAX,
  SENT,
  sends,
  words,
} from "../native.js";
import type { Request } from "./request.js";

/** More costs more to copy than is gained. */
const SMALL = 8192;
const SIZE = 64 * 1024;

/** How long an array is, whatever its class says. */
const lengthOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  "length",
)?.get as (this: Uint8Array) => number;

class Outbox {
  /** Memory that no program sees: none is transferred away. */
  readonly #bytes = new Uint8Array(SIZE);
  #used = 0;
  readonly #requests = new Array<Request | null>(SENDS_MAX).fill(null);

  /** From now on sends can be put off. */
  start(): void {
    native.useOutbox(this.#bytes);
    // Nothing is lost that was sent before the process was ended.
    process.on("exit", () => native.emptyOutbox());
  }

  /** Whether the bytes of `request` are few, and as many as they say. Makes room for them. */
  takes({ bytes, size }: Request): boolean {
    if (size > SMALL || lengthOf.call(bytes) !== size) return false;
    if (this.#used + size > SIZE) this.empty();
    return true;
  }

  /** Puts off the send of `request`, which `takes` takes and somebody waits for. */
  add(request: Request): void {
    const { bytes, size, descriptor } = request;
    const row = words[PUT_OFF] as number;
    const at = row * SEND_INTS;
    this.#bytes.set(bytes, this.#used);
    sends[at] = descriptor.fd;
    sends[at + 1] = this.#used;
    sends[at + 2] = size;
    sends[at + 3] = request.kernelFlags;
    this.#used += size;
    this.#requests[row] = request;
    words[PUT_OFF] = row + 1;
    descriptor.putOff++;
    if (row + 1 >= (words[PUT_OFF_MAX] as number)) this.empty();
  }

  /** Makes what is put off, and tells of it. */
  empty(): void {
    native.emptyOutbox();
    this.tell();
  }

  /** Tells what came of the sends that the native side has made. */
  tell(): void {
    const count = words[PUT_OFF] as number;
    words[PUT_OFF] = 0;
    words[SENT] = 0;
    this.#used = 0;
    for (let row = 0; row < count; row++) {
      const request = this.#requests[row] as Request;
      this.#requests[row] = null;
      request.descriptor.putOff--;
      // Of the build that made it: the errors are its own.
      request.descriptor.face.onSent(request, sends[row * SEND_INTS + 4] as number);
    }
  }
}

export const outbox = onlyOne("outbox", () => new Outbox());
