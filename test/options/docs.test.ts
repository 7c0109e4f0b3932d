import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../support/machine.js";

test("docs/options.md says what the rows say", () => {
  const script = join(root, "scripts/options-table.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});
