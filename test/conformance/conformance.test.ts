/**
 * One script a behaviour, run on Python's socket module and on both faces of ours: what they print must be the same.
 *
 * A behaviour is a pair, cases/NAME.py and cases/NAME.ts. Each run is a process of its own in a new directory: a hang
 * or a crash fails one test by name, and Unix paths are short and need no cleaning up.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Directory, python, root } from "../support/machine.js";
import { type Command, Peer, without } from "../support/peers.js";

const scripts = join(root, "test/conformance");
const compiled = fileURLToPath(new URL("cases", import.meta.url));
const behaviours = readdirSync(join(scripts, "cases"))
  .filter((file) => file.endsWith(".py"))
  .map((file) => basename(file, ".py"));

const pythonEnv = {
  PYTHONPATH: scripts,
  PYTHONSAFEPATH: "1", // a script's name hides no module
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONUTF8: "1",
};

/** The lines that a script prints, run in an empty directory. */
async function lines(command: Command, env: NodeJS.ProcessEnv = {}) {
  using directory = new Directory();
  await using script = new Peer(command, { cwd: directory.path, env });
  return (await script.ended()).split("\n");
}

/** The lines in which two runs differ. */
function differences(pythons: string[], ours: string[]): string {
  const length = Math.max(pythons.length, ours.length);
  return Array.from({ length }, (_, i) => [pythons[i] ?? "(none)", ours[i] ?? "(none)"] as const)
    .filter(([theirs, own]) => theirs !== own)
    .map(([theirs, own]) => `Python  ${theirs}\nours    ${own}\n`)
    .join("");
}

describe("conformance", { concurrency: availableParallelism(), skip: without.python }, () => {
  for (const behaviour of behaviours) {
    let pythons: Promise<string[]> | undefined;
    const ours = join(compiled, `${behaviour}.js`);
    for (const face of ["async", "sync"]) {
      it(`${behaviour}: ${face}`, async (t) => {
        pythons ??= lines([python, join(scripts, "cases", `${behaviour}.py`)], pythonEnv);
        const [expected, actual] = await Promise.all([
          pythons,
          lines([process.execPath, ours, face]),
        ]);
        if (expected[0]?.startsWith("skip: ")) t.skip(`no ${expected[0].slice(6)}`);
        assert.equal(differences(expected, actual), "");
      });
    }
  }
});
