/** What accept and other calls do at the limit of descriptors. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import test from "node:test";
import { fileURLToPath } from "node:url";
import * as berkeley from "berkeley";
import { faces } from "../support/faces.js";
import { outputInjected } from "../support/injected.js";
import { root } from "../support/machine.js";
import { without } from "../support/peers.js";
import { ended } from "../support/process.js";

const LIMIT = 100;
const CLIENTS = 150;

/** Runs a compiled program of this folder under `ulimit -n LIMIT`. */
function limited(program: string) {
  const command = ["-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh", process.execPath];
  const path = fileURLToPath(new URL(program, import.meta.url));
  return spawn("sh", [...command, path], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
}

interface Report {
  port: number;
  idleMs: number;
  busyMs: number;
  limitMs: number;
  accepted: number;
  warning: string;
}

test("a listener's loop waits out the limit of descriptors, and goes on", async (t) => {
  const child = limited("limit-child.js");
  t.after(() => child.kill());
  const end = ended(child);
  const reports: Report[] = [];
  const warnings: string[] = [];
  child.on("message", (report: Report) => {
    if (report.warning === undefined) reports.push(report);
    else warnings.push(report.warning);
  });
  const early = end.then(({ output }) => assert.fail(`it ended early: ${output}`));
  early.catch(() => undefined); // it ends unheard once nobody waits for a report
  const next = async (): Promise<Report> => {
    while (reports.length === 0) await Promise.race([once(child, "message"), early]);
    return reports.shift() as Report;
  };

  const { port } = await next();
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => berkeley.createConnection(["127.0.0.1", port])),
  );
  child.send({ measure: true });
  const { idleMs, busyMs, limitMs, accepted } = await next();
  assert.ok(accepted > 0 && accepted < LIMIT, `${accepted} accepted`);
  // It has to be nearer to a loop that does nothing than to one that tries again and again.
  const share = (limitMs - idleMs) / (busyMs - idleMs);
  assert.ok(share < 0.25, `CPU: idle ${idleMs} ms, busy ${busyMs} ms, at the limit ${limitMs} ms`);
  assert.match(warnings.join(), /EMFILE/);

  child.send({ close: 20, until: accepted + 20 });
  assert.equal((await next()).accepted, accepted + 20);
  child.send({ close: LIMIT, until: CLIENTS });
  assert.equal((await next()).accepted, CLIENTS);
  assert.equal(warnings.length, 1);
  child.send({ end: true });
  for (const client of clients) client.close();
  assert.deepEqual(await end, { code: 0, signal: null, output: "" });
});

const passing = `
import { createConnection, createServer } from "berkeley";
process.on("warning", ({ message }) => console.log(message));
const listener = createServer(["127.0.0.1", 0]);
const client = createConnection(listener.getsockname());
for await (const [connection] of listener) {
  console.log("accepted");
  connection.close();
  listener.close();
}
(await client).close();
`;

/** What a loop over a listener reports if its first accept4(2) fails. */
function loopOutput(errno: string): string[] {
  return outputInjected(`accept4:error=${errno}:when=1`, passing).split("\n").sort();
}

for (const [errno, code, advice] of [
  ["EMFILE", "EMFILE", " (raise `ulimit -n` for more)"],
  ["ENFILE", "ENFILE", ""],
  ["ENOBUFS", "out of memory", ""],
] as const) {
  test(`a listener's loop that meets ${errno} says what there is to do`, {
    skip: without.strace,
  }, () => {
    const warning = `accept: ${code}; the listener goes on when there is room${advice}`;
    assert.deepEqual(loopOutput(errno), ["accepted", warning].sort());
  });
}

test("a listener's loop passes over a connection that the network ends", {
  skip: without.strace,
}, () => {
  for (const errno of ["ECONNABORTED", "ENETDOWN", "EHOSTUNREACH"]) {
    assert.deepEqual(loopOutput(errno), ["accepted"], errno);
  }
});

test("accept itself says EMFILE, and loses no connection", async () => {
  const end = await ended(limited("limit-accept-child.js"));
  const lines = faces.map(([name]) => `${name}: EMFILE accept, then a connection\n`);
  assert.deepEqual(end, { code: 0, signal: null, output: lines.join("") });
});

test("where there is no descriptor left to wait with, no byte is lost, and the error says what was sent", async () => {
  const child = limited("limit-poller-child.js");
  const end = ended(child);
  const [report] = await once(child, "message");
  assert.deepEqual(report, {
    errno: constants.errno.EMFILE,
    got: "01234",
    found: "here",
    next: "56789",
    error: "epoll_create1 EMFILE",
    bytesSent: report.received,
    received: report.received,
    putOffErrors: ["epoll_create1 EMFILE"],
    putOffSent: report.putOffReceived,
    putOffReceived: report.putOffReceived,
  });
  assert.ok(report.received > 0);
  assert.ok(report.putOffReceived > 0);
  assert.equal((await end).code, 0);
});

const behind = `
import { once } from "node:events";
import { createServer } from "node:net";
import { close, socketpair } from "berkeley";
const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const [near, far] = socketpair();
close(server._handle.fd); // the poller is to have this number
await near.recv(10).catch((error) => console.log(error.message));
socketpair(); // has it in its place
const reading = near.recv(10);
await far.sendall("here");
console.log(String(await reading));
process.exit();
`;

test("where libuv takes the poller's number for one that was closed behind its back, the next call has another", () => {
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", behind], {
    cwd: root,
    encoding: "utf8",
    timeout: 10_000,
  });
  assert.equal(stdout, "uv_poll_init EEXIST\nhere\n");
});

test("a listener's loop that begins where no descriptor is left goes on when there is one", async () => {
  const child = limited("limit-loop-child.js");
  const end = ended(child);
  const [report] = await once(child, "message");
  const warning =
    "accept: EMFILE; the listener goes on when there is room (raise `ulimit -n` for more)";
  const warnings = [warning, warning]; // of two listeners
  assert.deepEqual(report, { whileNone: "ended", got: "hello", atEnd: "ended", warnings });
  assert.equal((await end).code, 0);
});

test("where poll(2) fails, the calls that wait with it say so", {
  skip: without.prlimit,
}, async () => {
  const child = limited("limit-poll-child.js");
  const end = ended(child);
  const [said] = await once(child, "message");
  const [, bytesSent] = /^poll EINVAL, (\d+)$/.exec(said[3]) ?? [];
  assert.deepEqual(said, [
    "poll EINVAL",
    "poll EINVAL",
    "gave abc",
    `poll EINVAL, ${bytesSent}`,
    `received ${bytesSent}`,
  ]);
  assert.equal((await end).code, 0);
});
