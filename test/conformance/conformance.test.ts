/**
 * One script for each behaviour, run on Python's socket module and on both of our faces: they must print the
 * same.
 *
 * A behaviour is a pair, cases/NAME.py and cases/NAME.ts. Each is run in a new directory, so that Unix paths
 * are short and need no cleaning up. One that hangs or crashes fails by name, and the others go on.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { python, root } from "../support/machine.js";
import { type Command, Peer, without } from "../support/peers.js";

const scripts = join(root, "test/conformance");
const compiled = fileURLToPath(new URL(".", import.meta.url));
const behaviours = readdirSync(join(scripts, "cases"))
  .filter((file) => file.endsWith(".py"))
  .map((file) => basename(file, ".py"));

const pythonEnv = {
  PYTHONPATH: scripts,
  PYTHONSAFEPATH: "1", // so that a script's name hides no module
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONUTF8: "1",
};

/** For all scripts together, under a sanitizer. */
const HANGS_AFTER_MS = 5 * 60_000;

/** What each script prints. A script takes little time compared with the start of a process, so one
 *  process runs them all; if a script ends it, another process runs those that follow. */
async function outputs(command: Command, env: NodeJS.ProcessEnv = {}) {
  const found = new Map<string, string | Error>();
  while (found.size < behaviours.length) {
    const left = behaviours.slice(found.size);
    await using run = new Peer([...command, ...left], { env, killAfterMs: HANGS_AFTER_MS });
    const failure = await run.failure();
    const [before, ...texts] = run.output.split(/^=== .*\n/m);
    if (texts.length === 0) throw new Error(`${failure}, having printed:\n${before}${run.errors}`);
    for (const [i, text] of texts.entries()) found.set(left[i] as string, text);
    const last = left[texts.length - 1] as string;
    if (failure === null) continue;
    found.set(last, new Error(`${failure}, having printed:\n${texts.at(-1)}${run.errors}`));
  }
  return found;
}

/** The lines that differ between two runs. */
function differences(python: string, own: string): string {
  const [pythons, ours] = [python.split("\n"), own.split("\n")];
  const length = Math.max(pythons.length, ours.length);
  return Array.from({ length }, (_, i) => [pythons[i] ?? "(none)", ours[i] ?? "(none)"] as const)
    .filter(([theirs, own]) => theirs !== own)
    .map(([theirs, own]) => `Python  ${theirs}\nours    ${own}\n`)
    .join("");
}

describe("conformance", { concurrency: true, skip: without.python }, () => {
  const pythons = outputs([python, join(scripts, "run.py")], pythonEnv);
  for (const face of ["async", "sync"]) {
    const ours = outputs([process.execPath, join(compiled, "run.js"), face]);
    for (const behaviour of behaviours) {
      it(`${behaviour}: ${face}`, async (t) => {
        const [expected, actual] = [await pythons, await ours].map((run) => run.get(behaviour));
        if (typeof expected !== "string") throw expected;
        if (typeof actual !== "string") throw actual;
        if (expected.startsWith("skip: ")) t.skip(`no ${expected.slice("skip: ".length)}`);
        assert.equal(differences(expected, actual), "");
      });
    }
  }
});
