/** Peers that go away at the wrong moment. */
import assert from "node:assert/strict";
import test from "node:test";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
import { faces, outcome } from "../support/faces.js";
import { turns } from "../support/process.js";

const { AF_INET, AF_UNIX, SO_LINGER, SOCK_STREAM, SOL_SOCKET } = berkeley;
const MIB = 1024 * 1024;

type Pair = [near: berkeley.Socket, far: sync.Socket];

/** A TCP connection. The far end is a socket of the blocking face: what it does is done at once. */
async function connected(face: typeof berkeley): Promise<Pair> {
  const listener = sync.createServer(["127.0.0.1", 0]);
  const near = face.socket(AF_INET, SOCK_STREAM);
  await near.connect(listener.getsockname());
  const [far] = listener.accept();
  listener.close();
  return [near as berkeley.Socket, far as sync.Socket];
}

/** Closes with a reset instead of an end. */
function reset(far: sync.Socket): void {
  far.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(new Int32Array([1, 0]).buffer));
  far.close();
}

for (const [name, face] of faces) {
  test(`${name}: a reset before the call is ECONNRESET, then the end`, async () => {
    const [near, far] = await connected(face);
    reset(far);
    const expected = { code: "ECONNRESET", syscall: "recv" };
    await assert.rejects(
      outcome(() => near.recv(1)),
      expected,
    );
    assert.equal((await near.recv(1)).length, 0);
    near.close();
  });

  test(`${name}: sending to a peer that has gone is EPIPE`, async () => {
    const [near, far] = await connected(face);
    reset(far);
    await assert.rejects(outcome(() => near.recv(1)));
    const expected = { code: "EPIPE", syscall: "send" };
    await assert.rejects(
      outcome(() => near.send("x")),
      expected,
    );
    const all = { ...expected, bytesSent: 0 };
    await assert.rejects(
      outcome(() => near.sendall("x")),
      all,
    );
    near.close();
  });

  // Node ignores SIGPIPE, so it would not show; but a handler for it would be called.
  test(`${name}: no call ever raises SIGPIPE`, async () => {
    let signals = 0;
    const count = () => signals++;
    process.on("SIGPIPE", count);
    for (const family of [AF_INET, AF_UNIX]) {
      const [near, far] =
        family === AF_INET ? await connected(face) : face.socketpair(AF_UNIX, SOCK_STREAM);
      far.close();
      const broken = { code: /^(EPIPE|ECONNRESET)$/ };
      await outcome(() => near.send("x")).catch(() => undefined); // the first may still be taken
      await assert.rejects(
        outcome(() => near.send("x")),
        broken,
      );
      await assert.rejects(
        outcome(() => near.sendall("x".repeat(MIB))),
        broken,
      );
      near.close();
    }
    process.kill(process.pid, "SIGPIPE"); // signals are told of in order: this is the first
    while (signals === 0) await turns();
    process.off("SIGPIPE", count);
    assert.equal(signals, 1);
  });
}

test("a reset ends a recv that waits", async () => {
  const [near, far] = await connected(berkeley);
  const waiting = near.recv(1);
  await turns();
  reset(far);
  await assert.rejects(waiting, { code: "ECONNRESET", syscall: "recv" });
  near.close();
});

test("a reset ends a sendall that waits, which says what it had sent", async () => {
  const [near, far] = await connected(berkeley);
  const data = Buffer.alloc(64 * MIB);
  const waiting = near.sendall(data);
  await turns();
  reset(far);
  await assert.rejects(waiting, (error: berkeley.SocketError & { bytesSent: number }) => {
    assert.match(error.code, /^(ECONNRESET|EPIPE)$/);
    assert.ok(error.bytesSent > 0 && error.bytesSent < data.length);
    return true;
  });
  near.close();
});

test("a reset ends all that wait, in both directions", async () => {
  const [near, far] = await connected(berkeley);
  const data = Buffer.alloc(64 * MIB);
  const waiting = [near.recv(1), near.recv(1), near.sendall(data), near.sendall(data)];
  await turns();
  reset(far);
  const [first, second, ...sends] = await Promise.allSettled(waiting);
  // The kernel reports the reset once, to whoever asks first.
  const codes = [first, second, ...sends].map((it) =>
    it?.status === "rejected" ? it.reason.code : "end",
  );
  assert.ok(codes.includes("ECONNRESET"), codes.join());
  assert.ok(codes.slice(2).every((code) => code === "EPIPE" || code === "ECONNRESET"));
  near.close();
});
