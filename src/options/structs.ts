/** The kinds of option values that are small structs. */
import { decodeAddress } from "../address/index.js";
import { SOCKADDR_IN, SOCKADDR_IN6 } from "../address/inet.js";
import type { AddressOf, Family } from "../address/types.js";
import * as check from "../check.js";
import type { AF_INET, AF_INET6 } from "../constants.generated.js";
import { filled, lengthOf } from "../memory.js";
import { readUcred, UCRED_BYTES, type Ucred } from "../ucred.js";
import { atLeast, CALL, INT32_MAX, type Reader, type Writer } from "./codec.js";
import { fields, type Interface, indexOf, unsigned } from "./fields.js";

/** What close(2) does while data is unsent: with `onoff` it waits up to `seconds`; 0 resets the connection. */
export interface Linger {
  onoff: boolean;
  seconds: number;
}

/** A clock (`CLOCK_TAI`, `CLOCK_MONOTONIC`) and flags of SO_TXTIME (`SOF_TXTIME_*`). */
export interface TxTime {
  clockid: number;
  flags: number;
}

/** What an AF_PACKET socket receives in addition: a `PACKET_MR_*` of an interface. */
export interface PacketMreq {
  interface: Interface;
  type: number;
  address?: Uint8Array | undefined;
}

/** Frames whose identifier matches: `(received & mask) === (id & mask)`. */
export interface CanFilter {
  id: number;
  mask: number;
}

/** The memory that a socket uses, in bytes; `drops` and `optmem` as in `SK_MEMINFO_*`. */
export interface MemoryInfo {
  rmemAlloc: number;
  rcvbuf: number;
  wmemAlloc: number;
  sndbuf: number;
  fwdAlloc: number;
  wmemQueued: number;
  optmem: number;
  backlog: number;
  drops: number;
}

const PAIR = 8;
const TIMEVAL = 16;
const PACKET_MREQ = 16;
const PACKET_ADDRESS = 8;
const MICROSECONDS = 1e6;

function pair(first: number, second: number): Buffer {
  return filled(PAIR, (bytes) => {
    bytes.writeUInt32LE(first >>> 0, 0);
    bytes.writeUInt32LE(second >>> 0, 4);
  });
}

export const linger: Reader<Linger> & Writer<Linger> = {
  size: PAIR,
  decode(bytes) {
    const whole = atLeast(PAIR, bytes);
    return { onoff: whole.readInt32LE(0) !== 0, seconds: whole.readInt32LE(4) };
  },
  encode(what, value) {
    const { onoff, seconds } = fields(what, value, ["onoff", "seconds"]);
    if (typeof onoff !== "boolean") {
      throw check.wrongType(CALL, `${what} onoff`, "a boolean", onoff);
    }
    return pair(Number(onoff), check.integer(CALL, `${what} seconds`, seconds, 0, INT32_MAX));
  },
};

/** Seconds, as a float. A time above 0 is not rounded to 0, which has another meaning: no limit. */
export const timeval: Reader<number> & Writer<number> = {
  size: TIMEVAL,
  decode(bytes) {
    const whole = atLeast(TIMEVAL, bytes);
    return Number(whole.readBigInt64LE(0)) + Number(whole.readBigInt64LE(8)) / MICROSECONDS;
  },
  encode(what, value) {
    if (typeof value !== "number") throw check.wrongType(CALL, what, "seconds", value);
    if (!(value >= 0 && value <= INT32_MAX)) {
      throw check.wrongRange(CALL, what, `seconds from 0 to ${INT32_MAX}`, value);
    }
    const all = value === 0 ? 0 : Math.max(1, Math.round(value * MICROSECONDS));
    return filled(TIMEVAL, (bytes) => {
      bytes.writeBigInt64LE(BigInt(Math.floor(all / MICROSECONDS)), 0);
      bytes.writeBigInt64LE(BigInt(all % MICROSECONDS), 8);
    });
  },
};

export const ucred: Reader<Ucred> = {
  size: UCRED_BYTES,
  decode: (bytes) => readUcred(atLeast(UCRED_BYTES, bytes)),
};

/** The index of an interface, as an int. */
export const interfaceNumber: Reader<number> & Writer<Interface> = {
  size: 4,
  decode: (bytes) => atLeast(4, bytes).readInt32LE(),
  encode: (what, value) => filled(4, (bytes) => bytes.writeInt32LE(indexOf(what, value))),
};

/** The index of an interface in network byte order, of all things. */
export const interfaceNumberBE: Reader<number> & Writer<Interface> = {
  size: 4,
  decode: (bytes) => atLeast(4, bytes).readInt32BE(),
  encode: (what, value) => filled(4, (bytes) => bytes.writeInt32BE(indexOf(what, value))),
};

/** `[lowest, highest]`, both 0 for the system's own. */
export const portRange: Reader<[number, number]> & Writer<readonly [number, number]> = {
  size: 4,
  decode(bytes) {
    const whole = atLeast(4, bytes);
    return [whole.readUInt16LE(0), whole.readUInt16LE(2)];
  },
  encode(what, value) {
    if (!Array.isArray(value) || value.length !== 2) {
      throw check.wrongType(CALL, what, "[lowest, highest]", value);
    }
    return filled(4, (bytes) => {
      bytes.writeUInt16LE(unsigned(`${what} lowest`, value[0], 16), 0);
      bytes.writeUInt16LE(unsigned(`${what} highest`, value[1], 16), 2);
    });
  },
};

export const txTime: Reader<TxTime> & Writer<TxTime> = {
  size: PAIR,
  decode(bytes) {
    const whole = atLeast(PAIR, bytes);
    return { clockid: whole.readInt32LE(0), flags: whole.readUInt32LE(4) };
  },
  encode(what, value) {
    const { clockid, flags } = fields(what, value, ["clockid", "flags"]);
    const clock = check.integer(CALL, `${what} clockid`, clockid, -INT32_MAX, INT32_MAX);
    return pair(clock, unsigned(`${what} flags`, flags, 32));
  },
};

export const packetMreq: Writer<PacketMreq> = {
  encode(what, value) {
    const { type, address = new Uint8Array(0) } = fields(what, value, [
      "interface",
      "type",
      "address",
    ]);
    const data = check.buffer(CALL, `${what} address`, address);
    const length = lengthOf(data);
    if (length > PACKET_ADDRESS) {
      throw check.wrongRange(CALL, `${what} address`, `at most ${PACKET_ADDRESS} bytes`, address);
    }
    return filled(PACKET_MREQ, (bytes) => {
      bytes.writeInt32LE(indexOf(`${what} interface`, value.interface), 0);
      bytes.writeUInt16LE(unsigned(`${what} type`, type, 16), 4);
      bytes.writeUInt16LE(length, 6);
      bytes.set(data, PACKET_MREQ - PACKET_ADDRESS);
    });
  },
};

/** Packets seen, `drops` among them, since the last time that they were read. */
export const packetStatistics: Reader<{ packets: number; drops: number }> = {
  size: PAIR,
  decode(bytes) {
    const whole = atLeast(PAIR, bytes);
    return { packets: whole.readUInt32LE(0), drops: whole.readUInt32LE(4) };
  },
};

/** CAN_RAW_FILTER_MAX × 8 bytes: as many filters as the kernel takes. */
const CAN_FILTERS_BYTES = 512 * PAIR;

export const canFilters: Reader<CanFilter[]> & Writer<readonly CanFilter[]> = {
  size: CAN_FILTERS_BYTES,
  decode: (bytes) =>
    Array.from({ length: Math.floor(bytes.length / PAIR) }, (_, i) => ({
      id: bytes.readUInt32LE(i * PAIR),
      mask: bytes.readUInt32LE(i * PAIR + 4),
    })),
  encode(what, value) {
    if (!Array.isArray(value)) throw check.wrongType(CALL, what, "an array of filters", value);
    const filters = Array.from(value, (filter: CanFilter, i) => {
      const { id, mask } = fields(`${what} [${i}]`, filter, ["id", "mask"]);
      // CAN_EFF_FLAG | … is negative.
      const of = (name: string, bits: number) => check.int(CALL, `${what} [${i}] ${name}`, bits);
      return pair(of("id", id), of("mask", mask));
    });
    return Buffer.concat(filters);
  },
};

const MEMORY_FIELDS = [
  "rmemAlloc",
  "rcvbuf",
  "wmemAlloc",
  "sndbuf",
  "fwdAlloc",
  "wmemQueued",
  "optmem",
  "backlog",
  "drops",
] as const satisfies readonly (keyof MemoryInfo)[];
const MEMORY_INFO = MEMORY_FIELDS.length * 4;

export const memoryInfo: Reader<MemoryInfo> = {
  size: MEMORY_INFO,
  decode(bytes) {
    const whole = atLeast(MEMORY_INFO, bytes);
    const entries = MEMORY_FIELDS.map((name, i) => [name, whole.readUInt32LE(i * 4)]);
    return Object.fromEntries(entries) as MemoryInfo;
  },
};

function sockaddrReader<F extends Family>(size: number): Reader<AddressOf<F>> {
  return { size, decode: (bytes) => decodeAddress(bytes, bytes.length, 0) as AddressOf<F> };
}

export const sockaddrIn = sockaddrReader<typeof AF_INET>(SOCKADDR_IN);
export const sockaddrIn6 = sockaddrReader<typeof AF_INET6>(SOCKADDR_IN6);
