/** Aborts at the first signal that asks the program to end; the next one ends it at once. */
export function untilSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => ending.abort());
  }
  return ending.signal;
}
