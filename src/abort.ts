/** Signals of calls, and who is told when one aborts: one listener a signal, however many calls wait.
 * (Node warns of more than ten, and a server may have one signal for all that it waits for.) */
import { wrongType } from "./check.js";

/** The signal of a call's options, checked; one that has aborted already throws its reason. */
export function signalOf(call: string, { signal }: { signal?: unknown }): AbortSignal | null {
  if (signal === undefined) return null;
  if (!(signal instanceof AbortSignal)) throw wrongType(call, "signal", "an AbortSignal", signal);
  signal.throwIfAborted();
  return signal;
}

type Tell = () => void;

class Told {
  readonly all = new Set<Tell>();
  readonly listener = (): void => {
    for (const tell of this.all) tell();
  };
}

const bySignal = new WeakMap<AbortSignal, Told>();

/** Has `tell` called when `signal` aborts, until it is forgotten. */
export function tellAbort(signal: AbortSignal, tell: Tell): void {
  let told = bySignal.get(signal);
  if (told === undefined) {
    told = new Told();
    bySignal.set(signal, told);
  }
  if (told.all.size === 0) signal.addEventListener("abort", told.listener, { once: true });
  told.all.add(tell);
}

export function forgetAbort(signal: AbortSignal, tell: Tell): void {
  const told = bySignal.get(signal);
  if (!told?.all.delete(tell) || told.all.size > 0) return;
  signal.removeEventListener("abort", told.listener);
}
