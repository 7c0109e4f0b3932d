/** Addresses met lately, packed and as text. A server answers the peers that it hears from again and again,
 * and to translate an address costs as much as a system call. */

/** A thousand peers at once. */
const ENTRIES = 1024;
/** A full table is emptied after this many addresses have found no room in it. If each took the place of
 *  another, thousands in turns would cost more to keep than to pack. */
const PASSED_OVER = 16 * ENTRIES;

/** The sockaddr of each host and port (0 in families whose addresses have none). */
export class RecentlyPacked {
  readonly #hosts = new Map<string, Map<number, Uint8Array>>();
  #count = 0;
  #passedOver = 0;

  get(host: string, port: number): Uint8Array | undefined {
    return this.#hosts.get(host)?.get(port);
  }

  keep(host: string, port: number, sockaddr: Uint8Array): Uint8Array {
    if (this.#count === ENTRIES) {
      if (++this.#passedOver < PASSED_OVER) return sockaddr;
      this.#hosts.clear();
      this.#count = 0;
      this.#passedOver = 0;
    }
    const ports = this.#hosts.get(host) ?? new Map<number, Uint8Array>();
    ports.set(port, sockaddr);
    this.#hosts.set(host, ports);
    this.#count++;
    return sockaddr;
  }
}

/** The text of bytes: an entry for each value of their hash, which the next bytes with the same hash take over. */
export class RecentTexts {
  readonly #bytes: (Uint8Array | undefined)[] = new Array(ENTRIES);
  readonly #texts: string[] = new Array(ENTRIES);

  /** The text of `bytes` from `from` to `to`; `undefined` where it was not kept. */
  get(bytes: Uint8Array, from: number, to: number): string | undefined {
    const at = hash(bytes, from, to);
    const known = this.#bytes[at];
    if (known === undefined || known.length !== to - from) return undefined;
    for (let i = 0; i < known.length; i++) {
      if (known[i] !== bytes[from + i]) return undefined;
    }
    return this.#texts[at];
  }

  keep(bytes: Uint8Array, from: number, to: number, text: string): string {
    const at = hash(bytes, from, to);
    this.#bytes[at] = new Uint8Array(bytes.subarray(from, to)); // a copy, which slice() of a Buffer is not
    this.#texts[at] = text;
    return text;
  }
}

/** FNV-1a. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0x811c9dc5;
  for (let i = from; i < to; i++) sum = Math.imul(sum ^ (bytes[i] as number), 0x01000193);
  return (sum ^ (sum >>> 16)) & (ENTRIES - 1);
}
