/** Checks of arguments at the public edge: each names the call, the argument, the bound and the
 * value, before any system call. */

import { inspect } from "node:util";
import { isAnyArrayBuffer, isUint8Array } from "node:util/types";
import { MSG_ZEROCOPY } from "./constants.generated.js";
import { lengthOf } from "./memory.js";

/** The largest `buffer.constants.MAX_LENGTH` of any Node; its allocator refuses such a length. */
const SIZE_MAX = Number.MAX_SAFE_INTEGER;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const UINT_MAX = 2 ** 32 - 1;

/** The kernel reads a socklen_t as an int, and refuses a negative one. */
export const SOCKLEN_MAX = INT_MAX;

export function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
}

export function wrongType(call: string, what: string, must: string, value: unknown): TypeError {
  return new TypeError(`${call}: ${what} must be ${must}, got ${show(value)}`);
}

export function wrongRange(call: string, what: string, must: string, value: unknown): RangeError {
  return new RangeError(`${call}: ${what} must be ${must}, got ${show(value)}`);
}

/** An integer from `low` to `high`. */
export function integer(
  call: string,
  what: string,
  value: unknown,
  low: number,
  high: number,
): number {
  if (typeof value !== "number") {
    throw wrongType(call, what, `an integer from ${low} to ${high}`, value);
  }
  if (!Number.isInteger(value) || value < low || value > high) {
    throw wrongRange(call, what, `an integer from ${low} to ${high}`, value);
  }
  return value;
}

/** A length in bytes. */
export function size(call: string, what: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= SIZE_MAX && Number.isInteger(value)) {
    return value;
  }
  if (typeof value !== "number") throw wrongType(call, what, "an integer >= 0 bytes", value);
  throw wrongRange(call, what, "an integer >= 0 bytes", value);
}

/** A C int. A number from 2^31 to 2^32 - 1 is taken for the int with the same bits. */
export function int(call: string, what: string, value: unknown): number {
  return integer(call, what, value, INT_MIN, UINT_MAX) | 0;
}

/** An unsigned integer of 64 bits. */
export function unsigned64(call: string, what: string, value: unknown): bigint {
  const must = "a bigint or an integer from 0 to 2^64 - 1";
  if (typeof value !== "bigint" && typeof value !== "number") {
    throw wrongType(call, what, must, value);
  }
  // Beyond 2^53 a number may not be the one that was meant.
  const exact = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!exact || BigInt(value) >> 64n !== 0n) throw wrongRange(call, what, must, value);
  return BigInt(value);
}

/** Flags: an int that may be left out. */
export function flags(call: string, value: unknown): number {
  return value === undefined ? 0 : int(call, "flags", value);
}

/** A boolean that may be left out. */
export function boolean(call: string, what: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw wrongType(call, what, "a boolean", value);
}

/** What turns something on or off: a boolean, or, as in Python, a number; but not `undefined`, which may be a
 *  mistake. */
export function flag(call: string, value: unknown): boolean {
  if (typeof value === "boolean" || typeof value === "number") return Boolean(value);
  throw wrongType(call, "flag", "a boolean", value);
}

/** A descriptor's number. */
export function descriptor(call: string, what: string, value: unknown): number {
  return integer(call, what, value, 0, INT_MAX);
}

/** How many connections may wait to be accepted. */
export function backlog(call: string, value: unknown): number {
  return integer(call, "backlog", value, INT_MIN, INT_MAX);
}

/** An object of options, which may be left out. */
export function options<T extends object>(call: string, value: T | undefined): T | undefined {
  if (value === undefined || (typeof value === "object" && value !== null)) return value;
  throw wrongType(call, "options", "an object", value);
}

/** `value`, which must be an object with no other fields than these: a misspelt one would silently be left at
 *  its default. */
export function fields<T extends object>(
  call: string,
  what: string,
  value: T,
  names: readonly (keyof T & string)[],
): T {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject && Object.keys(value).every((name) => (names as readonly string[]).includes(name)))
    return value;
  throw wrongType(call, what, `an object of ${names.join(", ")}`, value);
}

/** What can be sent: bytes of any view, or a string as UTF-8. */
export type Data = Uint8Array | ArrayBuffer | DataView | string;

function viewed(call: string, what: string, view: ArrayBufferView): Uint8Array {
  try {
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  } catch (error) {
    // A DataView may lie beyond the end of what is left of its memory.
    throw new TypeError(`${call}: ${what} has lost its memory`, { cause: error });
  }
}

/** The bytes of `value`, without a copy if they are bytes already. `also`: what else the caller takes, for
 *  the error. */
export function bytes(call: string, what: string, value: unknown, also = ""): Uint8Array {
  if (isUint8Array(value)) return value;
  if (typeof value === "string") return Buffer.from(value, "utf8");
  return memory(call, what, value, `a ${also}string, Uint8Array, ArrayBuffer or DataView`);
}

function memory(call: string, what: string, value: unknown, must: string): Uint8Array {
  if (ArrayBuffer.isView(value)) return viewed(call, what, value);
  if (isAnyArrayBuffer(value)) return new Uint8Array(value);
  throw wrongType(call, what, must, value);
}

/** The bytes to send with `flags`. With `MSG_ZEROCOPY` the kernel reads them even after the call is over. A
 *  string is refused then: no caller holds the bytes that it is encoded to, and their memory would be
 *  somebody else's by that time. */
export function sendable(call: string, what: string, value: unknown, flags: number): Uint8Array {
  if (typeof value === "string" && (flags & MSG_ZEROCOPY) !== 0) {
    throw wrongType(call, what, "bytes that the caller keeps, with MSG_ZEROCOPY", value);
  }
  return bytes(call, what, value);
}

/** The bytes of an option's value: no more than the kernel takes for a length. */
export function optionBytes(call: string, what: string, value: unknown, also?: string): Uint8Array {
  const found = bytes(call, what, value, also);
  const length = lengthOf(found);
  if (length <= SOCKLEN_MAX) return found;
  throw new RangeError(`${call}: ${what} must be at most ${SOCKLEN_MAX} bytes, got ${length}`);
}

/** A buffer to read into: as `bytes`, but not a string, since nobody could see what was read. */
export function buffer(call: string, what: string, value: unknown): Uint8Array {
  if (isUint8Array(value)) return value;
  return memory(call, what, value, "a Uint8Array, ArrayBuffer or DataView");
}

/** Seconds of a timeout: `null` for none, else a finite number >= 0. */
export function timeout(call: string, value: unknown): number | null {
  if (value === null) return null;
  if (typeof value !== "number") throw wrongType(call, "timeout", "a number or null", value);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw wrongRange(call, "timeout", "seconds >= 0 and finite, or null", value);
  }
  return value;
}
