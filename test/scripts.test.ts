import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./support/machine.js";

const node = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });

/** The scripts that are run: what exports something is imported. */
const commands = ["scripts", "bench"]
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((file) => file.endsWith(".mjs"))
  .filter((file) => !/^export /m.test(readFileSync(join(root, file), "utf8")));

/** Of kernel-run, whose other statuses are those of the command that it runs. */
const NOT_STARTED = 125;

for (const file of commands) {
  test(`${file}: --help has an example, and an unknown option is one line`, () => {
    const help = node(file, "--help");
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^usage: ./i);
    assert.match(help.stdout, /^examples?:\n {2}\S/im);
    const { status, stdout, stderr } = node(file, "--bogus");
    assert.deepEqual([status, stdout], [file === "scripts/kernel-run.mjs" ? NOT_STARTED : 1, ""]);
    assert.match(stderr, /^.*unknown option '--bogus'.*\n$/);
  });
}

test("a word where none is expected is an error, and an option nearly right has its suggestion in the line", () => {
  const { status, stderr } = node("scripts/check-glibc.mjs", "word");
  assert.deepEqual([status, stderr.split("\n").length], [1, 2], stderr);
  assert.match(stderr, /^check-glibc: too many arguments/);
  const near = node("scripts/build-ts.mjs", "--forec");
  assert.equal(near.status, 1);
  assert.match(
    near.stderr,
    /^build-ts: unknown option '--forec' \(Did you mean --force\?\); see --help\n$/,
  );
});
