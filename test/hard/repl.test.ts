/** Node's REPL, which has its modules as global names. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { root } from "../support/machine.js";

const line = `import("berkeley").then(async ({ socketpair }) => {
  const [near, far] = socketpair();
  setTimeout(() => far.sendall("heard"), 1);
  console.log(String(await near.recv(9)));
  process.exit();
});`;

test("a call waits in Node's REPL", async () => {
  const repl = spawn(process.execPath, ["-i"], {
    cwd: root,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 20_000,
  });
  let printed = "";
  for (const stream of [repl.stdout, repl.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
  }
  repl.stdin.write(`${line.replaceAll("\n", " ")}\n`); // its end would be the REPL's
  const [status] = await once(repl, "close");
  assert.equal(status, 0, printed);
  assert.match(printed, /heard$/m);
});
