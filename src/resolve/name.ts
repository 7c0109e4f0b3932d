/** Names as the resolver takes them. */
import { isUtf8 } from "node:buffer";
import { isUint8Array } from "node:util/types";
import { asciiHost } from "../address/inet.js";
import { wrongType } from "../check.js";
import { bufferOf } from "../memory.js";

const MUST = "a string or UTF-8 bytes, without NUL";

/** Text without a NUL byte, which is where C would end it. */
export function text(call: string, what: string, value: unknown): string {
  const name = isUint8Array(value) && isUtf8(value) ? bufferOf(value).toString() : value;
  if (typeof name !== "string" || name.includes("\0")) throw wrongType(call, what, MUST, value);
  return name;
}

/** Text, or `null` where it is left out. */
export function textOrNull(call: string, what: string, value: unknown): string | null {
  return value === null || value === undefined ? null : text(call, what, value);
}

/** A host; names in other scripts in their ASCII form. */
export function hostName(call: string, value: unknown): string {
  return asciiHost(text(call, "host", value));
}
