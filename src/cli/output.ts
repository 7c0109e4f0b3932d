import { getSystemErrorMap } from "node:util";
import { printable } from "./show.js";

/** Why something cannot be written, in the system's words. */
function reason(error: NodeJS.ErrnoException): string {
  return getSystemErrorMap().get(error.errno ?? 0)?.[1] ?? printable(error.message);
}

/** Ends the program through its own clean-up where it has one, with `status` or else by SIGTERM. */
function terminate(status?: number): void {
  if (status !== undefined) {
    // Whatever the command makes of its end.
    process.once("exit", () => {
      process.exitCode = status;
    });
  }
  // At once, so that what waits for the output knows why when it hears of it.
  if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM", "SIGTERM");
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

/** Writes to stdout as fast as its reader takes it. What cannot be written ends the program above. */
export async function print(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}
