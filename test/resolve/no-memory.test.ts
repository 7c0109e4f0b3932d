/** Look-ups for which there is no memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cannotPreload, outputPreloaded } from "../support/preloaded.js";

const program = `
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
const said = [];
const udp = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM);
const many = Array.from({ length: 8 }, () => berkeley.getaddrinfo("localhost", 80));
process.env.NO_MEMORY = "1"; // four threads: two have begun
for (const { reason } of (await Promise.allSettled(many)).slice(2)) said.push(reason?.code);
for (const face of [berkeley, sync]) {
  for (const ask of [
    () => face.getaddrinfo("localhost", 80),
    () => face.gethostbynameEx("localhost"),
    () => face.gethostbyaddr("127.0.0.1"),
    () => udp.connect(["localhost", 9]),
  ]) {
    try {
      said.push(\`gave \${await ask()}\`);
    } catch ({ code }) {
      said.push(code);
    }
  }
}
delete process.env.NO_MEMORY;
await udp.connect(["localhost", 9]);
console.log(said.join(" "));
`;

test("a look-up without memory ends, and says so", { skip: cannotPreload }, () => {
  const environment = { UV_THREADPOOL_SIZE: "4" };
  const output = outputPreloaded("resolve/no-memory.c", program, [], environment);
  assert.equal(
    output.trim(),
    Array(6 + 8)
      .fill("ENOMEM")
      .join(" "),
  );
});
