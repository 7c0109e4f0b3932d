/** What the kinds of structs share: numbers, hosts and interfaces in a value. */
import { interfaceIndex } from "../address/interface.js";
import * as text from "../address/text.js";
import * as check from "../check.js";
import { AF_INET, AF_INET6 } from "../constants.generated.js";
import { CALL, INT32_MAX } from "./codec.js";

/** `value`, which must be an object with no other fields than these. */
export function fields<T extends object>(
  what: string,
  value: T,
  names: readonly (keyof T & string)[],
): T {
  return check.fields(CALL, what, value, names);
}

export function unsigned(what: string, value: unknown, bits: 8 | 16 | 32): number {
  return check.integer(CALL, what, value, 0, 2 ** bits - 1);
}

/** An interface: its name, or its index; 0 or `""` leaves the choice to the kernel. */
export type Interface = string | number;

/** The index of an interface that may be left out, which also leaves the choice to the kernel. */
export function indexOrAny(what: string, value: Interface | undefined): number {
  return value === undefined ? 0 : indexOf(what, value);
}

export function indexOf(what: string, value: Interface): number {
  if (typeof value === "number") return check.integer(CALL, what, value, 0, INT32_MAX);
  if (typeof value !== "string") throw check.wrongType(CALL, what, "a name or an index", value);
  const [option] = what.split(" "); // a field of its value may follow it
  return interfaceIndex(CALL, value, option);
}

/** The bytes of a numeric host; all zero where it is left out. */
export function hostBytes(family: number, what: string, host: string | undefined): Uint8Array {
  return text.hostBytes(CALL, what, family, host);
}

/** The bytes of a host that has to be there. */
export function neededBytes(family: number, what: string, host: string): Uint8Array {
  if (host !== undefined) return hostBytes(family, what, host);
  throw check.wrongType(CALL, what, "an address", host);
}

/** `AF_INET6` for a host that is written with a colon. */
export function familyOf(host: unknown): typeof AF_INET | typeof AF_INET6 {
  return typeof host === "string" && host.includes(":") ? AF_INET6 : AF_INET;
}
