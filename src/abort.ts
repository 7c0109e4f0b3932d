/** Signals of calls, and who is told when one aborts: one listener a signal, however many calls wait.
 * (Node warns of more than ten, and a server may have one signal for all that it waits for.) */
import { addAbortListener } from "node:events";
import { wrongType } from "./check.js";

/** The signal of a call's options, checked. */
export function checkedSignal(call: string, { signal }: { signal?: unknown }): AbortSignal | null {
  if (signal === undefined) return null;
  if (!(signal instanceof AbortSignal)) throw wrongType(call, "signal", "an AbortSignal", signal);
  return signal;
}

/** The same; one that has aborted already throws its reason. */
export function signalOf(call: string, options: { signal?: unknown }): AbortSignal | null {
  const signal = checkedSignal(call, options);
  signal?.throwIfAborted();
  return signal;
}

/** Who is told. An object, since a function would have to be made for each call. */
export interface Abortable {
  onAbort(): void;
}

class Told {
  readonly all = new Set<Abortable>();
  readonly listener = (): void => {
    for (const abortable of this.all) abortable.onAbort();
  };
}

const bySignal = new WeakMap<AbortSignal, Told>();

type Options = NonNullable<Parameters<AbortSignal["addEventListener"]>[2]>;

/** With these a listener is told also where another one stops the event (`stopImmediatePropagation`). Node's name for that is
 *  not public: `addAbortListener` (20.5) gives it, but takes three times as long as `addEventListener`. */
let lasting: Options | null = null;

function lastingOptions(): Options {
  let options: Options = { once: true };
  const addEventListener = (_: string, __: unknown, given: Options) => {
    options = given;
  };
  try {
    addAbortListener({ aborted: false, addEventListener } as never, () => {});
  } catch {
    // A Node that has no such function, or another runtime.
  }
  return options;
}

/** Has `abortable` told when `signal` aborts, until it is forgotten. */
export function tellAbort(signal: AbortSignal, abortable: Abortable): void {
  let told = bySignal.get(signal);
  if (told === undefined) {
    told = new Told();
    bySignal.set(signal, told);
  }
  lasting ??= lastingOptions();
  if (told.all.size === 0) signal.addEventListener("abort", told.listener, lasting);
  told.all.add(abortable);
}

export function forgetAbort(signal: AbortSignal, abortable: Abortable): void {
  const told = bySignal.get(signal);
  if (!told?.all.delete(abortable) || told.all.size > 0) return;
  signal.removeEventListener("abort", told.listener);
}
