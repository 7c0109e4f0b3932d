/** Ends the program through its own clean-up, where it has one. */
function terminate(): void {
  // At once, so that what waits for the output knows why when it hears of it.
  if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM", "SIGTERM");
  else process.kill(process.pid, "SIGTERM");
}

/** When the reader of our output goes away, end as SIGPIPE would have it, yet through our clean-up. */
export function endWithOutput(): void {
  let isEnding = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isEnding) terminate();
    isEnding = true;
  });
}

/** Writes to stdout as fast as its reader takes it. What cannot be written ends the program above. */
export async function print(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}
