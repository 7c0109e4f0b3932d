/** A runtime that has no SharedArrayBuffer. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import test from "node:test";
import { root } from "../support/machine.js";

const program = `
  const { socketpair } = await import("berkeley");
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const pairs = [1, 2, 3, 4].map(() => socketpair());
  const reads = pairs.map(([near]) => near.recv(65_536));
  for (const [, far] of pairs) far.sendall(Buffer.alloc(9000));
  const lengths = (await Promise.all(reads)).map(({ length }) => length);
  const more = pairs.map(([near]) => near.recv(65_536));
  for (const [, far] of pairs) far.sendall(new Uint8Array(buffer, 0, 3000));
  for (const data of await Promise.all(more)) lengths.push(data.length + 6000);
  console.log(typeof SharedArrayBuffer, lengths.every((length) => length === 9000));
`;

const flag = "--enable-sharedarraybuffer-per-context";
const skip = spawnSync(process.execPath, [flag, "-e", ""]).status !== 0 && `V8 has no ${flag}`;

test("what is sent comes where memory cannot be shared", { skip }, () => {
  const flags = [flag, "--input-type=module"];
  const options = { cwd: root, encoding: "utf8", timeout: 20_000 } as const;
  const printed = execFileSync(process.execPath, [...flags, "-e", program], options);
  assert.equal(printed, "undefined true\n");
});
