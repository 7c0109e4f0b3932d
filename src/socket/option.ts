/** getsockopt(2) and setsockopt(2) of any option: as an int, as bytes, as a null pointer. */
import * as check from "../check.js";
import { AF_VSOCK } from "../constants.generated.js";
import { ok } from "../errors.js";
import { native, VALUES, words } from "../native.js";

/** The same bound as in Python. */
const OPTION_MAX = 1024;

/** Options of AF_VSOCK are numbers of 64 bits. As in Python, they are read so where a number is asked for. */
const VSOCK_BYTES = 8;

/** The option as an int. */
export function optionNumber(fd: number, family: number, level: unknown, name: unknown): number {
  const call = "getsockopt";
  const [of, at] = [check.int(call, "level", level), check.int(call, "name", name)];
  if (family === AF_VSOCK) {
    const into = Buffer.alloc(VSOCK_BYTES);
    ok(native.getsockopt(fd, of, at, into), call);
    return Number(into.readBigUInt64LE());
  }
  ok(native.getsockoptInt(fd, of, at), call);
  return words[VALUES] as number;
}

/** The option's first `buflen` bytes, or as many as it has. */
export function optionBuffer(fd: number, level: unknown, name: unknown, buflen: unknown): Buffer {
  const call = "getsockopt";
  const into = Buffer.alloc(check.integer(call, "buflen", buflen, 1, OPTION_MAX));
  const [of, at] = [check.int(call, "level", level), check.int(call, "name", name)];
  return into.subarray(0, ok(native.getsockopt(fd, of, at, into), call));
}

function setNumber(fd: number, family: number, level: number, name: number, value: number): number {
  const call = "setsockopt";
  if (family !== AF_VSOCK) {
    return native.setsockoptInt(fd, level, name, check.int(call, "value", value));
  }
  const bytes = Buffer.alloc(VSOCK_BYTES);
  const number = check.integer(call, "value", value, -(2 ** 31), Number.MAX_SAFE_INTEGER);
  bytes.writeBigInt64LE(BigInt(number));
  return native.setsockopt(fd, level, name, bytes);
}

export function setOption(
  fd: number,
  family: number,
  level: unknown,
  name: unknown,
  value: unknown,
  optlen: unknown,
): void {
  const call = "setsockopt";
  const [of, at] = [check.int(call, "level", level), check.int(call, "name", name)];
  if (value === null) {
    const length = check.integer(call, "optlen", optlen, 0, check.SOCKLEN_MAX);
    ok(native.setsockoptNull(fd, of, at, length), call);
  } else if (optlen !== undefined) {
    throw check.wrongType(call, "optlen", "left out unless value is null", optlen);
  } else if (typeof value === "number" || typeof value === "boolean") {
    ok(setNumber(fd, family, of, at, Number(value)), call);
  } else {
    const bytes = check.optionBytes(call, "value", value, "number, boolean, ");
    ok(native.setsockopt(fd, of, at, bytes), call);
  }
}
