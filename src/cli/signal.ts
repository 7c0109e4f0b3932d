import { constants } from "node:os";

/** Aborts at the first signal that asks the program to end, whose name is the reason; the next one ends it at once. An output
 *  that nobody reads any more comes as SIGPIPE. */
export function untilSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, (signal) => ending.abort(signal));
  }
  return ending.signal;
}

/** What a shell has for a program that a signal has ended: of one that cleans up first, its exit status. */
export function statusOf(signal: AbortSignal): number {
  return 128 + constants.signals[signal.reason as NodeJS.Signals];
}
