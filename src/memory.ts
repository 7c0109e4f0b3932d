/** What an array of bytes is, whatever its class says: none of these runs a line of the program's. */

import { isSharedArrayBuffer } from "node:util/types";

function getter<Of, T>(of: object, name: string): (this: Of) => T {
  return Object.getOwnPropertyDescriptor(of, name)?.get as (this: Of) => T;
}

const array = Object.getPrototypeOf(Uint8Array.prototype);
const length = getter<Uint8Array, number>(array, "length");
const byteOffset = getter<Uint8Array, number>(array, "byteOffset");
const buffer = getter<Uint8Array, ArrayBufferLike>(array, "buffer");

const ownLength = getter<ArrayBufferLike, number>(ArrayBuffer.prototype, "byteLength");
const sharedLength = getter<ArrayBufferLike, number>(SharedArrayBuffer.prototype, "byteLength");

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

/** Memory of `size` bytes, zero but for what `fill` writes. */
export function filled(size: number, fill: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  fill(bytes);
  return bytes;
}

/** The first `size` bytes of `bytes`, which has as many; of memory that has grown they are what was there before. */
export function firstOf(bytes: Uint8Array, size: number): Uint8Array {
  if (lengthOf(bytes) === size) return bytes;
  return new Uint8Array(memoryOf(bytes), offsetOf(bytes), size);
}
