/** The kinds of option values that are one number, one text or bytes. */
import { textOf } from "../address/fields.js";
import * as check from "../check.js";
import { filled } from "../memory.js";

/** The call that errors name. Only setting has errors: what cannot be read is never decoded. */
export const CALL = "setOption";

/** Turns what the kernel gives into a value; `size` is how many bytes it is asked for. */
export interface Reader<Out> {
  readonly size: number;
  decode(bytes: Buffer): Out;
}

/** Turns a value into what the kernel takes, which may be a null pointer; `what` is how errors name it. */
export interface Writer<In> {
  encode(what: string, value: In): Uint8Array | null;
}

const INT = 4;
const INT64 = 8;
const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;
const UINT64_MAX = 2n ** 64n - 1n;

/** No option of these kinds has more. It is Python's bound, too. */
const BYTES_MAX = 1024;

/** IFNAMSIZ, TCP_CA_NAME_MAX and TCP_ULP_NAME_MAX are 16, with the NUL. The kernel cuts a longer name short,
 *  and takes what is left for the name. */
const NAME_MAX = 15;

/** At least `size` bytes: what the kernel did not give is zero. */
export function atLeast(size: number, bytes: Buffer): Buffer {
  return bytes.length >= size ? bytes : Buffer.concat([bytes], size);
}

function int32(value: number): Buffer {
  return filled(INT, (bytes) => bytes.writeInt32LE(value | 0));
}

export const bool: Reader<boolean> & Writer<boolean> = {
  size: INT,
  decode: (bytes) => atLeast(INT, bytes).readInt32LE() !== 0,
  encode(what, value) {
    if (typeof value !== "boolean") throw check.wrongType(CALL, what, "a boolean", value);
    return int32(Number(value));
  },
};

export const int: Reader<number> & Writer<number> = {
  size: INT,
  decode: (bytes) => atLeast(INT, bytes).readInt32LE(),
  encode: (what, value) => int32(check.integer(CALL, what, value, INT32_MIN, INT32_MAX)),
};

export const uint: Reader<number> & Writer<number> = {
  size: INT,
  decode: (bytes) => atLeast(INT, bytes).readUInt32LE(),
  encode: (what, value) => int32(check.integer(CALL, what, value, 0, UINT32_MAX)),
};

/** 32 bits. `|`, `~` and `<<` give a negative number if the highest is set. */
export const bits: Reader<number> & Writer<number> = {
  ...uint,
  encode: (what, value) => int32(check.int(CALL, what, value)),
};

/** An int of which the kernel silently keeps only the low eight bits. */
export const byte: Reader<number> & Writer<number> = {
  ...int,
  encode: (what, value) => int32(check.integer(CALL, what, value, 0, 255)),
};

/** A 64-bit number in which all ones mean no limit: `Infinity`. */
export function numberOf(value: bigint): number {
  return value === UINT64_MAX ? Number.POSITIVE_INFINITY : Number(value);
}

export const uint64: Reader<number> & Writer<number> = {
  size: INT64,
  decode: (bytes) => numberOf(atLeast(INT64, bytes).readBigUInt64LE()),
  encode(what, value) {
    const limit =
      value === Number.POSITIVE_INFINITY
        ? UINT64_MAX
        : BigInt(check.integer(CALL, what, value, 0, Number.MAX_SAFE_INTEGER));
    return filled(INT64, (bytes) => bytes.writeBigUInt64LE(limit));
  },
};

/** A 64-bit identifier: every bit counts. */
export const id64: Reader<bigint> = {
  size: INT64,
  decode: (bytes) => atLeast(INT64, bytes).readBigUInt64LE(),
};

/** The most groups that a process can have (NGROUPS_MAX). */
const GROUPS_MAX = 65_536;

/** An array of unsigned ints. */
export const uints: Reader<number[]> = {
  size: GROUPS_MAX * INT,
  decode: (bytes) =>
    Array.from({ length: Math.floor(bytes.length / INT) }, (_, i) => bytes.readUInt32LE(i * INT)),
};

/** The numbers of the bits that are set; bit 0 is number 1. */
export const bitSet: Reader<number[]> = {
  size: BYTES_MAX,
  decode(bytes) {
    const isSet = (bit: number) => (((bytes[bit >> 3] as number) >> (bit & 7)) & 1) === 1;
    return Array.from(Array(bytes.length * 8).keys())
      .filter(isSet)
      .map((bit) => bit + 1);
  },
};

function noValue(what: string, value: unknown): void {
  if (value !== undefined) throw check.wrongType(CALL, what, "set without a value", value);
}

/** Something to do, without a value. SOL_SOCKET wants an int nevertheless. */
export const action: Writer<undefined> = {
  encode(what, value) {
    noValue(what, value);
    return int32(0);
  },
};

/** The same, where the kernel takes nothing at all. */
export const bareAction: Writer<undefined> = {
  encode(what, value) {
    noValue(what, value);
    return null;
  },
};

export const string: Reader<string> & Writer<string> = {
  size: BYTES_MAX,
  decode: textOf,
  encode(what, value) {
    if (typeof value !== "string" || value.includes("\0")) {
      throw check.wrongType(CALL, what, "a string without NUL bytes", value);
    }
    if (Buffer.byteLength(value) > NAME_MAX) {
      throw check.wrongRange(CALL, what, `at most ${NAME_MAX} bytes`, value);
    }
    return Buffer.from(`${value}\0`);
  },
};

export const bytes: Reader<Buffer> & Writer<check.Data> = {
  size: BYTES_MAX,
  decode: (value) => value,
  encode: (what, value) => check.optionBytes(CALL, what, value),
};
