/** Our sockaddrs and Python's, which C packs by the system's own headers: each side unpacks what the
 * other packed. (Not compared byte by byte: Python leaves what was on the stack between fields.) */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { python, root } from "../support/machine.js";
import { expected, type Form, forms } from "./forms.js";
import { type Done, fromJson, type Job, toJson, underStore } from "./store.js";

const SAMPLES = 100;

/** The names in a Python's socket module. */
function namesOf(command: string): readonly string[] {
  const code = "import json, socket; print(json.dumps(dir(socket)))";
  const { status, stdout } = spawnSync(command, ["-c", code], { encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : [];
}

/** Debian's Python has Bluetooth; one from elsewhere may not. */
const [[best, names]] = [python, "/usr/bin/python3"]
  .map((command) => [command, namesOf(command)] as const)
  .sort(([, one], [, other]) => other.length - one.length) as [[string, readonly string[]]];

function lacks(form: Form): string | false {
  const name = form.name.split(", ").at(-1) as string;
  return names.includes(name) ? false : `no python3 whose socket module has ${name}`;
}

function run(command: string, script: string, jobs: Job[]): Done[] {
  const input = jobs.map((job) => `${JSON.stringify(job)}\n`).join("");
  const lines = underStore(command, [script], input).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

const packing = fileURLToPath(new URL("pack.js", import.meta.url));
const ours = (jobs: Job[]) => run(process.execPath, packing, jobs);
const pythons = (jobs: Job[]) => run(best, join(root, "test/address/store.py"), jobs);

/** What each step gives for the addresses of all forms: one program a step, not one a form. */
const tried = forms
  .filter((form) => lacks(form) === false)
  .flatMap((form) => {
    const { family, proto } = form;
    const taken = form.addresses.filter((one) => form.python?.(one as never) ?? true);
    const addresses = fc.sample(taken, { numRuns: SAMPLES, seed: 1 });
    return addresses.map((address) => ({ form, family, proto, address: toJson(address) }));
  })
  .map(({ form, ...job }) => ({ form, job, out: toJson(expected(form, fromJson(job.address))) }));
const jobs = tried.map(({ job }) => job);
const swap = (all: Done[]): Job[] => all.map(({ raw }, at) => ({ ...(jobs[at] as Job), raw }));
const [packed, theirs] = tried.length === 0 ? [[], []] : [ours(jobs), pythons(jobs)];
const oursOfTheirs = tried.length === 0 ? [] : ours(swap(theirs));
const theirsOfOurs = tried.length === 0 ? [] : pythons(swap(packed));

for (const form of forms) {
  test(`${form.name}: Python unpacks what we pack, and we what it packs`, {
    skip: lacks(form),
  }, () => {
    let compared = 0;
    for (const [at, { form: its, out }] of tried.entries()) {
      if (its !== form) continue;
      assert.equal(packed[at]?.raw.length, theirs[at]?.raw.length);
      assert.deepEqual(oursOfTheirs[at]?.address, out);
      assert.deepEqual(theirsOfOurs[at]?.address, out);
      compared += 1;
    }
    assert.equal(compared, SAMPLES);
  });
}
