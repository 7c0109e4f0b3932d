/** What the core has allocated is free where its environment has ended: LeakSanitizer says so, in a run of the core under the
 *  sanitizers. Node may end with memory in use, which is none of ours. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { root } from "../support/machine.js";
import { memoryIsOdd } from "../support/process.js";

const program = `
async function run() {
  const berkeley = await import("berkeley");
  const sync = await import("berkeley/sync");
  for (const face of [berkeley, sync]) {
    const calls = [
      () => face.getaddrinfo("localhost", "http"),
      () => face.getaddrinfo("127.0.0.1", "no-service"),
      () => face.gethostbyname("localhost"),
      () => face.gethostbyaddr("127.0.0.1"),
      () => face.getnameinfo(["127.0.0.1", 80], 0),
      () => face.getservbyname("http", "tcp"),
      () => face.getservbyport(80, "tcp"),
      () => face.getprotobyname("tcp"),
      () => face.inetAton("127.1"),
      () => face.inetPton(face.AF_INET, "127.0.0.1"),
      () => face.ifNameindex(),
      () => face.ifNametoindex("lo"),
      () => face.sethostname("x".repeat(100)), // longer than any name
    ];
    await Promise.allSettled(calls.map(async (call) => await call()));
  }
  const pairs = Array.from({ length: 5 }, () => berkeley.socketpair());
  for (let round = 0; round < 3; round++) {
    const reads = pairs.map(([near]) => near.recv(10));
    await Promise.all(pairs.map(([, far]) => far.sendall("bytes")));
    await Promise.all(reads);
  }
  for (const one of pairs.flat()) one.close();
  console.log("over");
}
run();
`;
const inWorker = `new (require("node:worker_threads").Worker)(${JSON.stringify(program)}, { eval: true });`;

const skip = memoryIsOdd === false && "the core is not under the sanitizers";

test("nothing is in use that the core has allocated, when its environment has ended", {
  skip,
}, () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", inWorker + program], {
    cwd: root,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, ASAN_OPTIONS: "detect_leaks=1" },
  });
  assert.equal(stdout, "over\nover\n");
  assert.doesNotMatch(stderr, /native\/(?:bind|sys)\/|fatal error/);
});
