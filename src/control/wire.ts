/** Control messages in the kernel's own form: headers (struct cmsghdr) with their data behind
 * them, each padded to a multiple of 8 bytes. native/sys/message.c asserts the layout. See
 * cmsg(3). */
import * as check from "../check.js";
import { lengthOf } from "../memory.js";

/** A control message, as calls take and return it: `[level, type, data]`. */
export type AncillaryMessage = [level: number, type: number, data: Buffer];

/** A control message to send; the data is bytes, or a string as UTF-8. */
export type AncillaryInput = readonly [level: number, type: number, data: check.Data];

const HEADER_BYTES = 16;
const LENGTH_OFFSET = 0;
const LENGTH_HIGH_OFFSET = 4;
const LEVEL_OFFSET = 8;
const TYPE_OFFSET = 12;
const ALIGN = 8;

const padded = (length: number): number => Math.ceil(length / ALIGN) * ALIGN;

/** `CMSG_LEN(length)`: the size in bytes of a control message with `length` bytes of data, without the
 * padding after it. See cmsg(3). @throws {RangeError} the size is not a C int. */
export function CMSG_LEN(length: number): number {
  const most = check.SOCKLEN_MAX - HEADER_BYTES;
  return HEADER_BYTES + check.integer("CMSG_LEN", "length", length, 0, most);
}

/** `CMSG_SPACE(length)`: the size in bytes of a control message with `length` bytes of data, with
 * its padding. See cmsg(3). @throws {RangeError} the size is not a C int. */
export function CMSG_SPACE(length: number): number {
  const most = check.SOCKLEN_MAX - HEADER_BYTES - ALIGN;
  return HEADER_BYTES + padded(check.integer("CMSG_SPACE", "length", length, 0, most));
}

/** The size of a buffer for control messages. */
export function ancbufsize(call: string, value: unknown): number {
  return value === undefined ? 0 : check.integer(call, "ancbufsize", value, 0, check.SOCKLEN_MAX);
}

/** What control messages must be, for errors. */
export const MESSAGES = "an array of [level, type, data]";

/** A message of the caller's, checked. */
interface Checked {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

export function checkedShape(call: string, entry: unknown): AncillaryInput {
  if (Array.isArray(entry) && entry.length === 3) return entry as unknown as AncillaryInput;
  throw check.wrongType(call, "a control message", "[level, type, data]", entry);
}

export function checkedMessage(call: string, entry: unknown): Checked {
  const [level, type, data] = checkedShape(call, entry);
  return {
    data: check.bytes(call, "control data", data),
    level: check.int(call, "level", level),
    type: check.int(call, "type", type),
  };
}

/** The bytes of `ancdata`; `null` where there is none. */
export function packControl(call: string, ancdata: unknown): Uint8Array | null {
  if (ancdata === undefined || ancdata === null) return null;
  if (!Array.isArray(ancdata)) throw check.wrongType(call, "ancdata", MESSAGES, ancdata);
  const messages: Checked[] = [];
  for (let i = 0; i < ancdata.length; i++) messages.push(checkedMessage(call, ancdata[i])); // holes, too
  let size = 0;
  for (const { data } of messages) size += CMSG_SPACE(lengthOf(data));
  if (size === 0) return null;
  // From Buffer's pool: so few bytes by themselves would lie among V8's objects, and have to move when C asks
  // for their address.
  const packed = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) packed[i] = 0;
  let at = 0;
  for (const { level, type, data } of messages) {
    const length = lengthOf(data);
    packed.writeUInt32LE(CMSG_LEN(length), at + LENGTH_OFFSET);
    packed.writeInt32LE(level, at + LEVEL_OFFSET);
    packed.writeInt32LE(type, at + TYPE_OFFSET);
    packed.set(data, at + HEADER_BYTES);
    at += CMSG_SPACE(length);
  }
  return packed;
}

/** Calls `visit` for each message from `start` to `end`, with the bounds of its data. A message that claims
 * more than there is gets what there is, and is the last, as in Python; one shorter than its own header ends
 * the list. Nothing after `end` is read, whatever the bytes say. */
export function walkControl(
  bytes: Buffer,
  start: number,
  end: number,
  visit: (bytes: Buffer, level: number, type: number, from: number, to: number) => void,
): void {
  const last = Math.min(end, bytes.length);
  let at = start;
  while (at + HEADER_BYTES <= last) {
    const isHuge = bytes.readUInt32LE(at + LENGTH_HIGH_OFFSET) !== 0;
    const claimed = isHuge ? last : bytes.readUInt32LE(at + LENGTH_OFFSET);
    if (claimed < HEADER_BYTES) break;
    const level = bytes.readInt32LE(at + LEVEL_OFFSET);
    const type = bytes.readInt32LE(at + TYPE_OFFSET);
    visit(bytes, level, type, at + HEADER_BYTES, Math.min(at + claimed, last));
    at += padded(claimed);
  }
}

/** The data of a message, for its receiver to keep: byte by byte, since they are few. */
export function copyData(bytes: Buffer, from: number, to: number): Buffer {
  const data = Buffer.allocUnsafe(to - from);
  for (let i = 0; i < data.length; i++) data[i] = bytes[from + i] as number;
  return data;
}

/** The messages in the first `length` bytes, each with its data copied. */
export function unpackControl(bytes: Buffer, length: number): AncillaryMessage[] {
  const messages: AncillaryMessage[] = [];
  walkControl(bytes, 0, length, (_, level, type, from, to) => {
    messages.push([level, type, copyData(bytes, from, to)]);
  });
  return messages;
}
