/** What the rows of fixed structs share. */
import { integer, wrongType } from "../check.js";

export const UINT8_MAX = 0xff;
export const UINT16_MAX = 0xffff;
export const UINT32_MAX = 0xffffffff;

/** The elements of `address`, `least` to `most` of them. */
export function elements(
  call: string,
  what: string,
  form: string,
  address: unknown,
  least: number,
  most = least,
): readonly unknown[] {
  if (Array.isArray(address) && address.length >= least && address.length <= most) return address;
  throw wrongType(call, what, form, address);
}

export function uint32(call: string, what: string, value: unknown): number {
  return integer(call, what, value, 0, UINT32_MAX);
}

/** A sockaddr of `size` bytes, all zero but the family. */
export function sockaddrOf(family: number, size: number): Buffer {
  const sockaddr = Buffer.alloc(size);
  sockaddr.writeUInt16LE(family, 0);
  return sockaddr;
}

/** The first `length` bytes as a struct of `size` bytes. If the kernel gave fewer, the rest is zero: what
 *  follows in `bytes` is left from another call. */
export function struct(bytes: Buffer, length: number, size: number): Buffer {
  if (length >= size) return bytes;
  const whole = Buffer.alloc(size);
  bytes.copy(whole, 0, 0, length);
  return whole;
}

/** The text up to the first NUL. */
export function textOf(bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  return bytes.toString("utf8", 0, nul === -1 ? bytes.length : nul);
}
