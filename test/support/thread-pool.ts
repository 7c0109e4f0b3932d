import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, open, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export const THREADS = Number(process.env.UV_THREADPOOL_SIZE ?? 4);

/** Runs `body` while every thread of libuv's pool is held, so that no look-up can begin: each opens a fifo
 * that nobody writes to until `body` is done, or lets one of them go. */
export async function withFullPool(body: (letOneGo: () => void) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
  const fifos = Array.from({ length: THREADS }, (_, i) => join(folder, `fifo${i}`));
  const made = spawnSync("mkfifo", fifos);
  if (made.status !== 0) throw new Error("mkfifo failed");
  const readers = fifos.map((fifo) => promisify(open)(fifo, constants.O_RDONLY));
  const writers: number[] = [];
  const letGo = (fifo: string) =>
    writers.push(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK));
  try {
    await body(() => letGo(fifos[0] as string));
  } finally {
    for (const fifo of fifos) letGo(fifo);
    for (const fd of await Promise.all(readers)) closeSync(fd);
    for (const fd of writers) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}
