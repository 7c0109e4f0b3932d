/** The length, the place and the memory of an array of bytes, whatever its class says of them: nothing here
 *  runs the program's own code. */

import { isSharedArrayBuffer } from "node:util/types";

function getter<Of, T>(of: object, name: string): (this: Of) => T {
  return Object.getOwnPropertyDescriptor(of, name)?.get as (this: Of) => T;
}

const array = Object.getPrototypeOf(Uint8Array.prototype);
const length = getter<Uint8Array, number>(array, "length");
const byteOffset = getter<Uint8Array, number>(array, "byteOffset");
const buffer = getter<Uint8Array, ArrayBufferLike>(array, "buffer");

const ownLength = getter<ArrayBufferLike, number>(ArrayBuffer.prototype, "byteLength");

function lengthOfView(this: ArrayBufferLike): number {
  return length.call(new Uint8Array(this));
}

/** Without the global (`--enable-sharedarraybuffer-per-context`) there may be such memory all the same:
 *  WebAssembly's. */
const sharedLength =
  typeof SharedArrayBuffer === "undefined"
    ? lengthOfView
    : getter<ArrayBufferLike, number>(SharedArrayBuffer.prototype, "byteLength");

export const offsetOf = (bytes: Uint8Array): number => byteOffset.call(bytes);
export const lengthOf = (bytes: Uint8Array): number => length.call(bytes);
export const memoryOf = (bytes: Uint8Array): ArrayBufferLike => buffer.call(bytes);

/** The length of the whole memory that `bytes` is a part of. */
export function memoryLengthOf(bytes: Uint8Array): number {
  const memory = memoryOf(bytes);
  return (isSharedArrayBuffer(memory) ? sharedLength : ownLength).call(memory);
}

/** The class that Buffer makes slices of: `new Slice(…)` gives what `subarray` does, in a third of the time.
 *  (A runtime without such a class has Buffer itself there, which does the same.) */
export const Slice = (Buffer as unknown as Record<symbol, unknown>)[Symbol.species] as new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => Buffer;

/** The same memory as a Buffer. (`Buffer.from` would ask `bytes` for its length, which may run the program's
 *  code.) */
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

/** The first `size` bytes of `bytes`, which has at least as many. Where its memory has grown, they are what
 *  was there before. */
export function firstOf(bytes: Uint8Array, size: number): Uint8Array {
  if (lengthOf(bytes) === size) return bytes;
  return new Uint8Array(memoryOf(bytes), offsetOf(bytes), size);
}
