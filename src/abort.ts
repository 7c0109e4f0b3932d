/** Who is told when a signal aborts: one listener a signal, however many calls wait. (Node warns of more
 * than ten, and a server may have one signal for all that it waits for.) */

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
