/** Sockets that are collected without having been closed. */
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import test from "node:test";
import { type Socket, socketpair } from "berkeley";
import { faces } from "../support/faces.js";
import { collectAll, noCollector, openDescriptors, turns } from "../support/process.js";

const skip = noCollector;

/** Runs `body`, collects what it left, and returns the warnings that this gave. */
async function warningsOf(body: () => unknown): Promise<string[]> {
  const codes: string[] = [];
  const note = (warning: NodeJS.ErrnoException) => codes.push(warning.code ?? warning.name);
  process.on("warning", note);
  await body();
  await collectAll();
  await turns();
  process.off("warning", note);
  return codes;
}

for (const [name, { socket, socketpair, createServer }] of faces) {
  test(`${name}: a collected socket is closed, with a warning`, { skip }, async () => {
    const before = openDescriptors();
    const codes = await warningsOf(() => {
      for (let i = 0; i < 10; i++) socket();
    });
    assert.deepEqual(codes, Array(10).fill("BERKELEY_UNCLOSED"));
    assert.equal(openDescriptors(), before);
  });

  test(`${name}: accepted ones and pairs, too`, { skip }, async () => {
    const before = openDescriptors();
    const codes = await warningsOf(async () => {
      const listener = createServer(["127.0.0.1", 0]);
      const client = socket();
      await client.connect(listener.getsockname());
      await listener.accept();
      socketpair();
    });
    assert.equal(codes.length, 5);
    assert.ok(openDescriptors() <= before + 3); // the poller's own
  });

  test(`${name}: what was closed or given away is no warning`, { skip }, async () => {
    const given: number[] = [];
    const codes = await warningsOf(() => {
      for (let i = 0; i < 10; i++) socket().close();
      given.push(socket().detach());
    });
    assert.deepEqual(codes, []);
    const [fileno] = given;
    const own = socket(undefined, undefined, undefined, { fileno }); // still open
    assert.equal(own.fileno(), fileno);
    own.close();
  });
}

for (const [name, { close, socket }] of faces) {
  test(`${name}: a number that was closed by itself is not closed again`, { skip }, async () => {
    let file = -1;
    const codes = await warningsOf(() => {
      const fd = socket().fileno();
      close(fd);
      file = openSync("/dev/null", "r");
      assert.equal(file, fd);
    });
    assert.deepEqual(codes, []);
    closeSync(file);
  });

  test(`${name}: what another object holds, too, stays open`, { skip }, async () => {
    const [a, b] = socketpair();
    const other = { sock: a };
    const codes = await warningsOf(() => {
      const fileno = socketpair()[0].detach();
      socket(undefined, undefined, undefined, { fileno });
      other.sock = socket(undefined, undefined, undefined, { fileno }) as typeof a;
    });
    // The other end of the pair, which nobody closed.
    assert.deepEqual(codes, ["BERKELEY_UNCLOSED"]);
    assert.equal(other.sock.getsockname(), "");
    for (const one of [a, b, other.sock]) one.close();
  });
}

/** Ways to wait, each of which ends when something is sent. */
const waits: [how: string, wait: (near: Socket) => Promise<Buffer>][] = [
  ["alone", (near) => near.recv(100)],
  [
    "with a timeout",
    (near) => {
      near.settimeout(30);
      return near.recv(100);
    },
  ],
  [
    "in front of one that is aborted",
    (near) => {
      const waiting = near.recv(100);
      const controller = new AbortController();
      near.recv(100, { signal: controller.signal }).catch(() => {});
      controller.abort();
      return waiting;
    },
  ],
];

for (const [how, wait] of waits) {
  test(`a socket with a call that waits ${how} is not collected, and is when it is over`, {
    skip,
  }, async () => {
    let waiting: Promise<Buffer> | undefined;
    let far: Socket | undefined;
    const early = await warningsOf(() => {
      const [near, other] = socketpair();
      waiting = wait(near);
      far = other;
    });
    assert.deepEqual(early, []);
    await far?.send("still here");
    assert.equal(String(await waiting), "still here");
    assert.deepEqual(await warningsOf(() => {}), ["BERKELEY_UNCLOSED"]);
    far?.close();
  });
}
