/** Programs of random calls on pairs of sockets, none of which is awaited: whatever the order, each call ends once, in one
 * of the ways that its socket's state allows, and what is read is what was sent.
 *
 * A failure is told with its seed and with the shortest program that was found to fail. In the environment, `INTERLEAVINGS=10000` makes
 * so many programs, and `SEED=…` the same again. */
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { program } from "./interleavings-program.js";
import { run } from "./interleavings-run.js";

const RUNS = Number(process.env.INTERLEAVINGS ?? 150);
const SEED = process.env.SEED;
/** So long a program takes at most, on average, on a machine that is busy. */
const RUN_MS = 500;
/** What fails is told by then, however much shorter it could be. */
const SHRINKS_MS = 60_000;

/** The sockets and files that this process has open. The poller opens its own at some time, and keeps them. */
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
