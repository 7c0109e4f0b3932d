/** Internet addresses: text ⇄ bytes. See inet(3), inet_pton(3). */
import * as os from "node:os";
import * as check from "../check.js";
import { AF_INET, AF_INET6 } from "../constants.generated.js";
import { SocketError } from "../errors.js";
import { lengthOf } from "../memory.js";
import { native } from "../native.js";

const { EINVAL } = os.constants.errno;
const INET_SIZE = 4;
const INET6_SIZE = 16;

/** Packed bytes of any view. */
export type Packed = Uint8Array | ArrayBuffer | DataView;

function plainText(call: string, value: unknown): string {
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw check.wrongType(call, "text", "a string without NUL", value);
}

/** The bytes of an answer. `null` says that it is no address, a number is a negative errno. */
function found(
  syscall: string,
  text: string,
  answer: ArrayBuffer | null | number,
): Buffer<ArrayBuffer> {
  if (typeof answer === "number" || answer === null) {
    throw new SocketError(answer ?? -EINVAL, syscall, { about: check.show(text) });
  }
  return Buffer.from(answer);
}

function packed(call: string, value: unknown, size: number): Uint8Array {
  const bytes = check.buffer(call, "packed", value);
  if (lengthOf(bytes) === size) return bytes;
  throw check.wrongRange(call, "packed", `${size} bytes`, value);
}

/** `inet_aton(text)`: the four bytes of an IPv4 address, in the forms of inet(3): `127.1` and
 * `0x7f000001` are addresses here. @throws {SocketError} EINVAL. */
export function inetAton(text: string): Buffer<ArrayBuffer> {
  const given = plainText("inetAton", text);
  return found("inet_aton", given, native.inetAton(given));
}

/** `inet_ntoa(bytes)`: the text of four bytes. See inet(3).
 * @throws {RangeError} not four bytes. */
export function inetNtoa(bytes: Packed): string {
  return packed("inetNtoa", bytes, INET_SIZE).join(".");
}

/** `inet_pton(family, text)`: the bytes of an address of `AF_INET` (4) or `AF_INET6` (16). See
 * inet_pton(3). @throws {SocketError} EINVAL (no address), EAFNOSUPPORT. */
export function inetPton(family: number, text: string): Buffer<ArrayBuffer> {
  const number = check.int("inetPton", "family", family);
  const given = plainText("inetPton", text);
  return found("inet_pton", given, native.inetPton(number, given));
}

/** `inet_ntop(family, bytes)`: the text of an address of `AF_INET` (4 bytes) or `AF_INET6` (16).
 * See inet_ntop(3). @throws {RangeError} another family, another number of bytes. */
export function inetNtop(family: number, bytes: Packed): string {
  if (family !== AF_INET && family !== AF_INET6) {
    throw check.wrongRange("inetNtop", "family", "AF_INET or AF_INET6", family);
  }
  const given = packed("inetNtop", bytes, family === AF_INET ? INET_SIZE : INET6_SIZE);
  // Every address of these lengths has a text.
  return native.inetNtop(family, given) as string;
}

/** The bytes of a numeric host in an option or a control message; all zero where it is left out. Names are not resolved. */
export function hostBytes(call: string, what: string, family: number, host: unknown): Uint8Array {
  const isInet = family === AF_INET;
  if (host === undefined) return new Uint8Array(isInet ? INET_SIZE : INET6_SIZE);
  const form = `a numeric ${isInet ? "IPv4" : "IPv6"} address`;
  if (typeof host !== "string" || host.includes("\0")) {
    throw check.wrongType(call, what, form, host);
  }
  const bytes = native.inetPton(family, host);
  if (typeof bytes === "number" || bytes === null) throw check.wrongRange(call, what, form, host);
  return new Uint8Array(bytes);
}

/** The text of the host whose bytes are at `at`. Bytes of that length always have one. */
export function hostText(family: number, bytes: Buffer, at: number): string {
  const end = at + (family === AF_INET ? INET_SIZE : INET6_SIZE);
  return native.inetNtop(family, bytes.subarray(at, end)) as string;
}
