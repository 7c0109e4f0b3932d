/** The options of a call of `berkeley` that can wait, behind the last argument that is given. */
import { checkedSignal, signalOf } from "../abort.js";
import type { WaitOptions } from "./face.js";
import { Limit } from "./limit.js";
import type { Request } from "./request.js";

/** A plain object is never an address, a flag or data: where it stands last, it is the options. So is any other that has
 *  a signal: an AbortController, or what another realm has made. */
function isOptions(value: unknown): value is WaitOptions {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // Behind that of a plain object there is none, in any realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  return !Array.isArray(value) && "signal" in value;
}

/** The arguments without the options, and the signal of these. */
export function splitOptions(call: string, args: unknown[]): [unknown[], AbortSignal | null] {
  const at = args.findLastIndex((value) => value !== undefined);
  const last = args[at];
  return isOptions(last) ? [args.slice(0, at), signalOf(call, last)] : [args, null];
}

/** Takes the options from behind the last argument that is given, and prepares the call. */
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
