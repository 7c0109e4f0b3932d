/** What an array of bytes is, whatever its class says: none of these runs a line of the program's. */

import { isSharedArrayBuffer } from "node:util/types";

const prototype = Object.getPrototypeOf(Uint8Array.prototype);

function getter<T>(name: string): (this: Uint8Array) => T {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: Uint8Array) => T;
}

function sizeGetter(of: object): (this: ArrayBufferLike) => number {
  return Object.getOwnPropertyDescriptor(of, "byteLength")?.get as () => number;
}

const length = getter<number>("length");
const byteOffset = getter<number>("byteOffset");
const buffer = getter<ArrayBufferLike>("buffer");

const ownLength = sizeGetter(ArrayBuffer.prototype);
const sharedLength = sizeGetter(SharedArrayBuffer.prototype);

export const offsetOf = (bytes: Uint8Array): number => byteOffset.call(bytes);
export const lengthOf = (bytes: Uint8Array): number => length.call(bytes);
export const memoryOf = (bytes: Uint8Array): ArrayBufferLike => buffer.call(bytes);

/** Bytes of the memory that `bytes` is a part of. */
export function memoryLengthOf(bytes: Uint8Array): number {
  const memory = memoryOf(bytes);
  return (isSharedArrayBuffer(memory) ? sharedLength : ownLength).call(memory);
}

/** Buffer's own class of slices: `new Slice(…)` is what `subarray` comes to, in a third of its
 *  time. (Where a runtime has no such class it is Buffer itself, which does the same.) */
export const Slice = (Buffer as unknown as Record<symbol, unknown>)[Symbol.species] as new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => Buffer;

/** The same memory as a Buffer. (`Buffer.from` would ask it for its length.) */
export function bufferOf(bytes: Uint8Array): Buffer {
  if (Object.getPrototypeOf(bytes) === Buffer.prototype) return bytes as Buffer;
  return new Slice(memoryOf(bytes), offsetOf(bytes), lengthOf(bytes));
}

/** The first `size` bytes of `bytes`, which has as many; of memory that has grown they are what was there before. */
export function firstOf(bytes: Uint8Array, size: number): Uint8Array {
  if (lengthOf(bytes) === size) return bytes;
  return new Uint8Array(memoryOf(bytes), offsetOf(bytes), size);
}
