/** Programs of random calls on pairs of sockets, none of which is awaited: whatever the order, each call ends
 * once, in one of the ways that its socket's state allows, and what is read is what was sent.
 *
 * A failure is reported with its seed, and with the shortest failing program that was found. In the
 * environment, `INTERLEAVINGS=10000` sets how many programs to make, and `SEED=…` makes the same ones again. */
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { program } from "./interleavings-program.js";
import { run } from "./interleavings-run.js";

const RUNS = Number(process.env.INTERLEAVINGS ?? 150);
const SEED = process.env.SEED;
/** How long a program takes at most, on average, on a machine that is busy. */
const RUN_MS = 500;
/** How long to look for a shorter program that fails. */
const SHRINKS_MS = 60_000;

/** The sockets and files that this process has open. (The poller opens its own at some moment, and keeps them.) */
function descriptors(): string[] {
  const folder = "/proc/self/fd";
  const links = readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)];
    } catch {
      return []; // the folder itself
    }
  });
  return links.filter((link) => !link.startsWith("anon_inode:")).sort();
}

test("however calls are interleaved, each ends as it may, and what is read was sent", async () => {
  const property = fc.asyncProperty(program, async (one) => {
    const before = descriptors();
    await run(one);
    assert.deepEqual(descriptors(), before);
  });
  await fc.assert(property, {
    numRuns: RUNS,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    interruptAfterTimeLimit: RUNS * RUN_MS + SHRINKS_MS,
    includeErrorInReport: true,
  });
});
