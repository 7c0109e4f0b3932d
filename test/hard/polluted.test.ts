/** A library that has given every object methods of its own, under names that a property's descriptor has, too. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { root } from "../support/machine.js";

const program = `
  import "node:fs/promises"; // import() loads it, which Node 20 fails to do afterwards
  for (const name of ["get", "set"]) {
    Object.defineProperty(Object.prototype, name, { __proto__: null, value() {} });
  }
  const { has, socketpair } = await import("berkeley");
  const [near] = socketpair();
  near.settimeout(0.01);
  const { name, bytesSent } = await near.sendall(Buffer.alloc(1 << 24)).catch((error) => error);
  console.log(name, bytesSent > 0, has.recvmmsg);
`;

test("what every object has is no part of an error", () => {
  const options = { cwd: root, encoding: "utf8", timeout: 20_000 } as const;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], options);
  assert.equal(printed, "TimeoutError true true\n");
});
