/** The signals of calls, and what to call when one aborts. There is one listener per signal, however many
 * calls wait: Node warns of more than ten, and a server may have one signal for all that it waits for. */
import { addAbortListener } from "node:events";
import { isProxy } from "node:util/types";
import { wrongType } from "./check.js";

/* Node's own members of a signal, whatever members a program has given it: those would run, and might throw,
 * while a call begins to wait or ends, in the middle of work for other calls. */
const Own = AbortSignal;
const { aborted, reason } = Object.getOwnPropertyDescriptors(Own.prototype);
const { addEventListener, removeEventListener } = Own.prototype;

/** Whether the members above serve for `signal`. They do not if it is of another class, which a DOM for tests
 *  puts in AbortSignal's place, before this is loaded or later. */
const isOwn = (signal: AbortSignal): boolean => aborted?.get !== undefined && signal instanceof Own;

export const isAborted = (signal: AbortSignal): boolean =>
  isOwn(signal) ? aborted.get?.call(signal) === true : signal.aborted;
export const reasonOf = (signal: AbortSignal): unknown =>
  isOwn(signal) ? reason.get?.call(signal) : signal.reason;

export function throwIfAborted(signal: AbortSignal | null): void {
  if (signal !== null && isAborted(signal)) throw reasonOf(signal);
}

/** The signal of a call's options, checked. A Proxy of a signal is not taken: every access to it runs the
 *  program's code. */
export function checkedSignal(call: string, { signal }: { signal?: unknown }): AbortSignal | null {
  if (signal === undefined) return null;
  // The program may have made its signal before another class took the place of Node's.
  if (!isProxy(signal) && (signal instanceof AbortSignal || signal instanceof Own)) return signal;
  throw wrongType(call, "signal", "an AbortSignal", signal);
}

/** The same; one that has aborted already throws its reason. */
export function signalOf(call: string, options: { signal?: unknown }): AbortSignal | null {
  const signal = checkedSignal(call, options);
  throwIfAborted(signal);
  return signal;
}

/** What is called when a signal aborts. It is an object, since a function would have to be made for each call. */
export interface Abortable {
  onAbort(): void;
}

class Listeners {
  readonly all = new Set<Abortable>();
  readonly listener = (): void => {
    for (const abortable of this.all) abortable.onAbort();
  };
}

const bySignal = new WeakMap<AbortSignal, Listeners>();

type Options = NonNullable<Parameters<AbortSignal["addEventListener"]>[2]>;

/** The options with which a listener is called even if another one stops the event
 *  (`stopImmediatePropagation`). Node's name for that is not public. `addAbortListener` (20.5) gives it away,
 *  but takes three times as long as `addEventListener`. */
let lasting: Options | null = null;

function lastingOptions(): Options {
  let options: Options = { once: true };
  const keep = (_: string, __: unknown, given: Options) => {
    options = given;
  };
  try {
    addAbortListener({ aborted: false, addEventListener: keep } as never, () => {});
  } catch {
    // A Node that has no such function, or another runtime.
  }
  return options;
}

/** Has `abortable` called when `signal` aborts, until it is forgotten. */
export function tellAbort(signal: AbortSignal, abortable: Abortable): void {
  let listeners = bySignal.get(signal);
  if (listeners === undefined) {
    listeners = new Listeners();
    bySignal.set(signal, listeners);
  }
  lasting ??= lastingOptions();
  if (listeners.all.size === 0) {
    const listen = isOwn(signal) ? addEventListener : signal.addEventListener;
    listen.call(signal, "abort", listeners.listener, lasting);
  }
  listeners.all.add(abortable);
}

export function forgetAbort(signal: AbortSignal, abortable: Abortable): void {
  const listeners = bySignal.get(signal);
  if (!listeners?.all.delete(abortable) || listeners.all.size > 0) return;
  const unlisten = isOwn(signal) ? removeEventListener : signal.removeEventListener;
  unlisten.call(signal, "abort", listeners.listener);
}
