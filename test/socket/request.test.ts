/** Requests are used again: nothing of a call may be left for the next one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, MSG_PEEK, SOCK_DGRAM, socket, socketpair } from "berkeley";
import * as sync from "berkeley/sync";

test("the address, the flags and the length of a call are not the next one's", async () => {
  const target = socket(AF_INET, SOCK_DGRAM);
  target.bind(["127.0.0.1", 0]);
  const sender = socket(AF_INET, SOCK_DGRAM);
  const unconnected = socket(AF_INET, SOCK_DGRAM);
  unconnected.settimeout(0);
  assert.equal(await sender.sendto("one", target.getsockname()), 3);
  const error = await unconnected.send("two").catch((reason) => reason);
  assert.equal(error.code, "EDESTADDRREQ");
  assert.equal(error.address, undefined);
  assert.equal(error.port, undefined);
  assert.deepEqual(await target.recv(2, MSG_PEEK), Buffer.from("on"));
  assert.deepEqual(await target.recv(9), Buffer.from("one"));
  for (const it of [target, sender, unconnected]) it.close();
});

test("a call that is made while another reads its arguments has a request of its own", async () => {
  const [a, b] = socketpair();
  const [c, d] = socketpair();
  let inner: Promise<void> | undefined;
  const options = {
    get signal() {
      inner = c.sendall("inner");
      return undefined;
    },
  };
  await a.sendall("outer", options);
  await inner;
  assert.equal((await b.recv(99)).toString(), "outer");
  assert.equal((await d.recv(99)).toString(), "inner");
  for (const it of [a, b, c, d]) it.close();
});

test("a call that throws on its arguments, or fails, leaves nothing behind", async () => {
  const [a, b] = socketpair();
  await assert.rejects(a.sendall("x", -(2 ** 40)), RangeError);
  await a.sendall("one");
  b.settimeout(0);
  assert.equal((await b.recv(99)).toString(), "one");
  await assert.rejects(b.recv(99), { code: "EAGAIN" });
  await a.sendall("two");
  assert.equal((await b.recv(99)).toString(), "two");
  const [x, y] = sync.socketpair();
  y.settimeout(0);
  assert.throws(() => y.recv(99), { code: "EAGAIN" });
  x.sendall("three");
  assert.equal(y.recv(99).toString(), "three");
  for (const it of [a, b, x, y]) it.close();
});

test("sockets that keep each other busy leave the loop its turns", async () => {
  const pairs = Array.from({ length: 8 }, () => socketpair());
  let messages = 0;
  let isOver = false;
  const echo = async (socket: (typeof pairs)[number][number]) => {
    while (!isOver) {
      await socket.sendall(await socket.recv(16));
      messages++;
    }
  };
  const echoes = pairs.flat().map((it) => echo(it).catch(() => {}));
  for (const [one] of pairs) await one.sendall("ball");
  // Each turn of the loop is bounded, however soon the next message is there.
  for (let turn = 0; turn < 20; turn++) {
    const before = messages;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(messages - before < 1000, `${messages - before} messages in a turn`);
  }
  assert.ok(messages > 100, `${messages} messages in all`);
  isOver = true;
  for (const it of pairs.flat()) it.close();
  await Promise.all(echoes);
});
