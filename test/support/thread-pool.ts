import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, open, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const THREADS = Number(process.env.UV_THREADPOOL_SIZE ?? 4);

/**
 * Runs `body` while every thread of libuv's pool is held, so that no look-up can begin: each
 * opens a fifo that nobody writes to until `body` is done.
 */
export async function withFullPool(body: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
  const fifo = join(folder, "fifo");
  const made = spawnSync("mkfifo", [fifo]);
  if (made.status !== 0) throw new Error("mkfifo failed");
  const readers = Array.from({ length: THREADS }, () => promisify(open)(fifo, constants.O_RDONLY));
  try {
    await body();
  } finally {
    const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    for (const fd of await Promise.all(readers)) closeSync(fd);
    closeSync(writer);
    rmSync(folder, { recursive: true });
  }
}
