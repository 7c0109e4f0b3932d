import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Socket as NodeSocket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { socketpair } from "berkeley";
import { root } from "./support/machine.js";

// The script itself fails where a name is in neither face, and has no reason not to be.
test("docs/python.md is up to date, and every name that it gives is there", () => {
  const script = join(root, "scripts/python-page.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});

test("every name of Python's socket module is on the page", () => {
  const page = readFileSync(join(root, "docs/python.md"), "utf8");
  const { constants, others, members } = JSON.parse(
    readFileSync(join(root, "test/data/python-3.13-socket.json"), "utf8"),
  );
  const names = [...Object.keys(constants), ...Object.keys(others), ...members];
  assert.ok(names.length > 460);
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test("in place of makefile: a stream of node:net on the descriptor", async () => {
  const [near, far] = socketpair();
  const stream = new NodeSocket({ fd: far.detach() });
  stream.end("text");
  assert.equal((await near.recv(100)).toString(), "text");
  near.close();
  stream.destroy();
});
