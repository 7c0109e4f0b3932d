/** How the data of control messages is laid out: C integers and small structs. */
import { decodeAddress } from "../address/index.js";
import { SOCKADDR_IN, SOCKADDR_IN6 } from "../address/inet.js";
import { hostBytes, hostText } from "../address/text.js";
import * as check from "../check.js";
import { AF_INET, AF_INET6 } from "../constants.generated.js";
import { filled, lengthOf } from "../memory.js";
import { readUcred, UCRED_BYTES, type Ucred } from "../ucred.js";
import type { ExtendedError, PacketAuxdata, PacketInfo, PacketInfo6, Timestamps } from "./types.js";

/** How errors name the call. */
const CALL = "encodeControl";

/** Reads a value from data of at least `bytes` bytes. */
export interface Decoder<Out> {
  readonly bytes: number;
  decode(data: Buffer): Out;
}

export interface Codec<Out, In> extends Decoder<Out> {
  encode(value: In, name: string): Buffer;
}

export const int32: Codec<number, number> = {
  bytes: 4,
  decode: (data) => data.readInt32LE(0),
  encode: (value, name) => filled(4, (data) => data.writeInt32LE(check.int(CALL, name, value))),
};

export const uint32: Codec<number, number> = {
  bytes: 4,
  decode: (data) => data.readUInt32LE(0),
  encode: (value, name) =>
    filled(4, (data) => data.writeUInt32LE(check.integer(CALL, name, value, 0, 2 ** 32 - 1))),
};

/** Numbers that only the kernel sends. */
export const toldInt: Decoder<number> = { bytes: 4, decode: (data) => data.readInt32LE(0) };
export const toldUint: Decoder<number> = { bytes: 4, decode: (data) => data.readUInt32LE(0) };

/** In network byte order. */
export const flowInfo: Decoder<number> = { bytes: 4, decode: (data) => data.readUInt32BE(0) };

export const uint16: Codec<number, number> = {
  bytes: 2,
  decode: (data) => data.readUInt16LE(0),
  encode: (value, name) =>
    filled(2, (data) => data.writeUInt16LE(check.integer(CALL, name, value, 0, 2 ** 16 - 1))),
};

/** The byte of IP_TOS comes as one byte, and goes as an int, which every kernel takes. */
export const tos: Codec<number, number> = {
  bytes: 1,
  decode: (data) => data.readUInt8(0),
  encode: (value, name) =>
    filled(4, (data) => data.writeInt32LE(check.integer(CALL, name, value, 0, 255))),
};

export const uint64: Codec<bigint, bigint> = {
  bytes: 8,
  decode: (data) => data.readBigUInt64LE(0),
  encode(value, name) {
    if (typeof value !== "bigint") throw check.wrongType(CALL, name, "a bigint", value);
    const most = 2n ** 64n - 1n;
    if (value < 0n || value > most) throw check.wrongRange(CALL, name, `0 to ${most}`, value);
    return filled(8, (data) => data.writeBigUInt64LE(value));
  },
};

const FD_BYTES = 4;

/** Descriptors: as many as are there in full. */
export const descriptors: Codec<number[], readonly number[]> = {
  bytes: 0,
  decode: (data) =>
    Array.from({ length: Math.floor(data.length / FD_BYTES) }, (_, i) =>
      data.readInt32LE(i * FD_BYTES),
    ),
  encode(fds, name) {
    if (!Array.isArray(fds)) throw check.wrongType(CALL, name, "an array of descriptors", fds);
    // Read before memory is made for them. A getter of the array may shorten it, and what it left unwritten
    // would be 0, which is a descriptor, too.
    const numbers = Array.from(fds, (fd) => check.descriptor(CALL, name, fd));
    return filled(numbers.length * FD_BYTES, (data) => {
      for (const [i, fd] of numbers.entries()) data.writeInt32LE(fd, i * FD_BYTES);
    });
  },
};

export const ucred: Codec<Ucred, Readonly<Ucred>> = {
  bytes: UCRED_BYTES,
  decode: readUcred,
  encode: ({ pid, uid, gid }, name) =>
    filled(UCRED_BYTES, (data) => {
      data.writeInt32LE(check.int(CALL, `${name} pid`, pid), 0);
      data.writeInt32LE(check.int(CALL, `${name} uid`, uid), 4);
      data.writeInt32LE(check.int(CALL, `${name} gid`, gid), 8);
    }),
};

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MICROSECOND = 1000n;
export const TIME_BYTES = 16;

/** Seconds and a fraction, each 8 bytes: struct timeval or timespec; `unit` is how many nanoseconds
 *  one of the fraction is. */
export function nanoseconds(data: Buffer, at: number, unit: bigint): bigint {
  return data.readBigInt64LE(at) * NS_PER_SECOND + data.readBigInt64LE(at + 8) * unit;
}

export const timeval: Decoder<bigint> = {
  bytes: TIME_BYTES,
  decode: (data) => nanoseconds(data, 0, NS_PER_MICROSECOND),
};

export const timespec: Decoder<bigint> = {
  bytes: TIME_BYTES,
  decode: (data) => nanoseconds(data, 0, 1n),
};

/** struct scm_timestamping: three times, of which the kernel leaves the second empty. */
export const timestamping: Decoder<Timestamps> = {
  bytes: 3 * TIME_BYTES,
  decode: (data) => ({
    software: nanoseconds(data, 0, 1n) || null,
    hardware: nanoseconds(data, 2 * TIME_BYTES, 1n) || null,
  }),
};

export const pktinfo: Codec<PacketInfo, Partial<Pick<PacketInfo, "ifindex" | "specDst">>> = {
  bytes: 12,
  decode: (data) => ({
    ifindex: data.readInt32LE(0),
    specDst: hostText(AF_INET, data, 4),
    addr: hostText(AF_INET, data, 8),
  }),
  encode(value, name) {
    // `addr` is allowed although the kernel does not read it, so that what was received can be sent back as it is.
    const { ifindex, specDst } = check.fields<Partial<PacketInfo>>(CALL, name, value, [
      "ifindex",
      "specDst",
      "addr",
    ]);
    return filled(12, (data) => {
      data.writeInt32LE(check.int(CALL, `${name} ifindex`, ifindex ?? 0), 0);
      data.set(hostBytes(CALL, `${name} specDst`, AF_INET, specDst), 4);
    });
  },
};

export const pktinfo6: Codec<PacketInfo6, Partial<PacketInfo6>> = {
  bytes: 20,
  decode: (data) => ({ addr: hostText(AF_INET6, data, 0), ifindex: data.readInt32LE(16) }),
  encode(value, name) {
    const { addr, ifindex } = check.fields(CALL, name, value, ["addr", "ifindex"]);
    return filled(20, (data) => {
      data.set(hostBytes(CALL, `${name} addr`, AF_INET6, addr), 0);
      data.writeInt32LE(check.int(CALL, `${name} ifindex`, ifindex ?? 0), 16);
    });
  },
};

/** A sockaddr of an Internet family; `null` for none, and for one that was cut short. */
function internetAddress(sockaddr: Buffer): unknown {
  if (sockaddr.length < 2) return null;
  const family = sockaddr.readUInt16LE(0);
  const bytes = family === AF_INET ? SOCKADDR_IN : family === AF_INET6 ? SOCKADDR_IN6 : 0;
  return bytes === 0 || sockaddr.length < bytes ? null : decodeAddress(sockaddr, bytes, 0);
}

/** A sockaddr_in or sockaddr_in6, by its size. */
function originalDestination<Out>(bytes: number): Decoder<Out> {
  return { bytes, decode: (data) => internetAddress(data) as Out };
}
export const inetAddress = originalDestination<[string, number]>(SOCKADDR_IN);
export const inet6Address = originalDestination<[string, number, number, number]>(SOCKADDR_IN6);

const EXTENDED_ERROR_BYTES = 16;

/** struct sock_extended_err, followed by the offender's sockaddr. */
export const extendedError: Decoder<ExtendedError> = {
  bytes: EXTENDED_ERROR_BYTES,
  decode: (data) => ({
    errno: data.readUInt32LE(0),
    origin: data.readUInt8(4),
    type: data.readUInt8(5),
    code: data.readUInt8(6),
    info: data.readUInt32LE(8),
    data: data.readUInt32LE(12),
    offender: internetAddress(data.subarray(EXTENDED_ERROR_BYTES)) as ExtendedError["offender"],
  }),
};

export const auxdata: Decoder<PacketAuxdata> = {
  bytes: 20,
  decode: (data) => ({
    status: data.readUInt32LE(0),
    len: data.readUInt32LE(4),
    snaplen: data.readUInt32LE(8),
    mac: data.readUInt16LE(12),
    net: data.readUInt16LE(14),
    vlanTci: data.readUInt16LE(16),
    vlanTpid: data.readUInt16LE(18),
  }),
};

/** struct af_alg_iv: the length, and the bytes. */
export const algIv: Codec<Buffer, Uint8Array> = {
  bytes: 4,
  decode: (data) => Buffer.from(data.subarray(4, 4 + data.readUInt32LE(0))),
  encode(value, name) {
    const iv = check.bytes(CALL, name, value);
    const size = lengthOf(iv);
    return filled(4 + size, (data) => {
      data.writeUInt32LE(size, 0);
      data.set(iv, 4);
    });
  },
};
