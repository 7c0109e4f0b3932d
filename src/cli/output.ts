import { reason } from "./failure.js";

/** Ends the program through its own clean-up where it has one, with `status` or else by SIGTERM. */
function terminate(status?: number): void {
  if (status !== undefined) {
    // Whatever the command makes of its end.
    process.once("exit", () => {
      process.exitCode = status;
    });
  }
  // At once, so that what waits for the output knows why when it hears of it.
  if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM", "SIGPIPE");
  else if (status !== undefined) process.exit(status);
  else process.kill(process.pid, "SIGTERM");
}

/**
 * What cannot be written ends the program. When the reader of our output goes away, as SIGPIPE would
 * have it; any other error is one line.
 */
export function endWithOutput(): void {
  let isEnding = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (isEnding) return;
      isEnding = true;
      if (error.code === "EPIPE") return terminate();
      console.error(`berkeley: cannot write: ${reason(error)}`);
      terminate(1);
    });
  }
}

/** Whether stdout has what its reader will not take: the process would wait for that. */
let isGivenUp = false;

/** Ends the process if it has nothing to wait for but a reader that was given up. */
export function leaveOutput(): void {
  if (isGivenUp) process.exit();
}

/** Writes to stdout as fast as its reader takes it. What cannot be written ends the program above. When `signal` aborts,
 *  what the reader has not taken by then is given up. */
export async function print(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const giveUp = () => {
      isGivenUp = true;
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    process.stdout.write(bytes, () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    });
  });
}
