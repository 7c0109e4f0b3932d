/** Requests and their round trips in milliseconds, as ping sums them up. */
export class Statistics {
  transmitted = 0;
  received = 0;
  duplicates = 0;
  errors = 0;
  /** The most requests under way at a time. */
  pipe = 0;
  #firstMs = 0;
  #lastMs = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sum = 0;
  #squares = 0;

  sent(ms: number): void {
    if (this.transmitted === 0) this.#firstMs = ms;
    this.#lastMs = ms;
    this.transmitted++;
  }

  /** From the first request to the last. */
  get timeMs(): number {
    return this.#lastMs - this.#firstMs;
  }

  /** The request with this number, of 16 bits, is no longer under way; those after it still are. */
  ended(seq: number): void {
    this.pipe = Math.max(this.pipe, ((this.transmitted - seq) & 0xffff) + 1);
  }

  add(ms: number): void {
    this.received++;
    this.#min = Math.min(this.#min, ms);
    this.#max = Math.max(this.#max, ms);
    this.#sum += ms;
    this.#squares += ms * ms;
  }

  get maxMs(): number {
    return this.#max;
  }

  get lossPercent(): number {
    const { transmitted, received } = this;
    if (transmitted === 0) return 0;
    // Six digits: what C's %g has.
    return Number((((transmitted - received) * 100) / transmitted).toPrecision(6));
  }

  /** Null as long as nothing has come. */
  get rttMs(): { min: number; avg: number; max: number; mdev: number } | null {
    if (this.received === 0) return null;
    const avg = this.#sum / this.received;
    // Rounding may take it below 0.
    const mdev = Math.sqrt(Math.max(this.#squares / this.received - avg * avg, 0));
    return { min: this.#min, avg, max: this.#max, mdev };
  }
}

/** A round trip with the digits that iputils gives it. */
export function timeText(ms: number): string {
  return ms.toFixed(ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : ms >= 0.9995 ? 2 : 3);
}
