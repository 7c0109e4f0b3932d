import { constants } from "node:os";

/** Aborts at the first signal that asks the program to end, with the signal's name as the reason; the next
 *  one ends it at once. If nobody reads the output any more, the reason is SIGPIPE. */
export function untilSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, (signal) => ending.abort(signal));
  }
  return ending.signal;
}

/** The status that a shell has for a program that a signal has ended; one that cleans up first exits with
 *  it. */
export function statusOf(signal: AbortSignal): number {
  return 128 + constants.signals[signal.reason as NodeJS.Signals];
}
