/** A runtime that has no SharedArrayBuffer. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { root } from "../support/machine.js";

const program = `
  const { socketpair } = await import("berkeley");
  const pairs = [1, 2, 3, 4].map(() => socketpair());
  const reads = pairs.map(([near]) => near.recv(65_536));
  for (const [, far] of pairs) far.sendall(Buffer.alloc(9000));
  const lengths = (await Promise.all(reads)).map(({ length }) => length);
  console.log(typeof SharedArrayBuffer, lengths.every((length) => length === 9000));
`;

test("what is sent comes where memory cannot be shared", () => {
  const flags = ["--enable-sharedarraybuffer-per-context", "--input-type=module"];
  const options = { cwd: root, encoding: "utf8", timeout: 20_000 } as const;
  const printed = execFileSync(process.execPath, [...flags, "-e", program], options);
  assert.equal(printed, "undefined true\n");
});
