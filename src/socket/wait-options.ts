/** The options of a call of `berkeley` that can wait: they come after the last argument given. */
import { checkedSignal, signalOf } from "../abort.js";
import type { WaitOptions } from "./face.js";
import { Limit } from "./limit.js";
import type { Request } from "./request.js";

/** Whether `value` is the options. A plain object is never an address, a flag or data, so as the last
 *  argument it must be. So must any other object with a signal: an AbortController, or one made in another
 *  realm. */
function isOptions(value: unknown): value is WaitOptions {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // In any realm the prototype of a plain object has none itself.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  return !Array.isArray(value) && "signal" in value;
}

/** Returns the arguments without the options, and the signal of the options. */
export function splitOptions(call: string, args: unknown[]): [unknown[], AbortSignal | null] {
  const at = args.findLastIndex((value) => value !== undefined);
  const last = args[at];
  return isOptions(last) ? [args.slice(0, at), signalOf(call, last)] : [args, null];
}

/** Splits the options off, which come after the last argument given, and prepares the call. */
export function prepare(
  request: Request,
  a: unknown,
  b: unknown,
  c: unknown,
  d: unknown,
  e: unknown,
): void {
  const { call } = request;
  const last = e ?? d ?? c ?? b ?? a;
  if (!isOptions(last)) {
    call.prepare(request, a, b, c, d, e);
    return;
  }
  const signal = checkedSignal(call.name ?? call.syscall, last);
  if (signal !== null) request.limit = new Limit(request, signal);
  if (last === e) call.prepare(request, a, b, c, d, undefined);
  else if (last === d) call.prepare(request, a, b, c, undefined, e);
  else if (last === c) call.prepare(request, a, b, undefined, d, e);
  else if (last === b) call.prepare(request, a, undefined, c, d, e);
  else call.prepare(request, undefined, b, c, d, e);
}
