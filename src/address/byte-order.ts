/** Numbers between this machine's byte order and the network's. See byteorder(3).
 *
 * The machines that this library runs on are little-endian: x64 and arm64. */
import { integer } from "../check.js";

function swap16(call: string, value: unknown): number {
  const number = integer(call, "value", value, 0, 0xffff);
  return ((number & 0xff) << 8) | (number >>> 8);
}

function swap32(call: string, value: unknown): number {
  const number = integer(call, "value", value, 0, 0xffffffff);
  const high = ((number & 0xff) << 24) | ((number & 0xff00) << 8);
  return (high | ((number >>> 8) & 0xff00) | (number >>> 24)) >>> 0;
}

/** `htons(value)`: 16 bits from host to network byte order. See byteorder(3).
 * @throws {RangeError} not an unsigned 16-bit integer. */
export const htons = (value: number): number => swap16("htons", value);
/** `ntohs(value)`: 16 bits from network to host byte order. See byteorder(3).
 * @throws {RangeError} not an unsigned 16-bit integer. */
export const ntohs = (value: number): number => swap16("ntohs", value);
/** `htonl(value)`: 32 bits from host to network byte order. See byteorder(3).
 * @throws {RangeError} not an unsigned 32-bit integer. */
export const htonl = (value: number): number => swap32("htonl", value);
/** `ntohl(value)`: 32 bits from network to host byte order. See byteorder(3).
 * @throws {RangeError} not an unsigned 32-bit integer. */
export const ntohl = (value: number): number => swap32("ntohl", value);
