import { reason } from "./failure.js";

/** Ends the program, by way of its own clean-up if it has one: with `status`, or else by SIGTERM. */
function terminate(status?: number): void {
  if (status !== undefined) {
    // Whichever status the command sets at its end.
    process.once("exit", () => {
      process.exitCode = status;
    });
  }
  // Synchronously, so that the signal has aborted what waits for the output before that learns of the error.
  if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM", "SIGPIPE");
  else if (status !== undefined) process.exit(status);
  else process.kill(process.pid, "SIGTERM");
}

/**
 * Ends the program when its output cannot be written: as SIGPIPE would, if the reader has gone away; with one
 * line for any other error.
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

/** Whether stdout holds something that its reader will not take, for which the process would wait. */
let isGivenUp = false;

/** Ends the process if it only waits for a reader that was given up. */
export function leaveOutput(): void {
  if (isGivenUp) process.exit();
}

/** Writes to stdout, and waits until the reader has taken it. An error ends the program (`endWithOutput`).
 *  When `signal` aborts, what the reader has not taken by then is given up. */
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
