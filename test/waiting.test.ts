/** Waiting: who is served, who is told, what keeps the process alive. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  AF_INET,
  AF_UNIX,
  close,
  createConnection,
  createServer,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  SOCK_DGRAM,
  sendFds,
  socket,
  socketpair,
  TimeoutError,
} from "berkeley";

const run = promisify(execFile);

/** Runs a module of ours in a process of its own; it must end by itself. */
function program(text: string): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, ["--input-type=module", "--eval", text]);
}

test("an error has the shape of Node's system errors", async () => {
  const [a, b] = socketpair();
  a.settimeout(0);
  await assert.rejects(a.recv(1), {
    name: "SocketError",
    code: "EAGAIN",
    errno: -11,
    syscall: "recv",
    message: "recv EAGAIN",
  });
  a.close();
  b.close();
});

test("a refused connection names the peer", async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const [host, port] = listener.getsockname();
  listener.close();
  const refused = socket();
  await assert.rejects(refused.connect([host, port]), {
    code: "ECONNREFUSED",
    address: host,
    port,
    message: `connect ECONNREFUSED ${host}:${port}`,
  });
  refused.close();
});

test("an address that is in use is named", () => {
  const listener = createServer(["127.0.0.1", 0]);
  const [host, port] = listener.getsockname();
  const other = socket();
  assert.throws(() => other.bind([host, port]), {
    code: "EADDRINUSE",
    message: `bind EADDRINUSE ${host}:${port}`,
  });
  for (const one of [listener, other]) one.close();
});

test("a wrong argument rejects, names itself, and makes no call", async () => {
  const s = socket();
  await assert.rejects(s.recv(-1), /recv: bufsize must be an integer >= 0 bytes, got -1/);
  await assert.rejects(s.recv(1.5), RangeError);
  // @ts-expect-error: that is what is tested
  await assert.rejects(s.recv("1"), TypeError);
  // @ts-expect-error: that is what is tested
  await assert.rejects(s.sendall({}.toString), TypeError);
  await assert.rejects(s.connect(["127.0.0.1", 65536]), RangeError);
  // @ts-expect-error: that is what is tested
  await assert.rejects(s.connect("path"), TypeError);
  assert.throws(() => s.settimeout(-1), RangeError);
  assert.throws(() => s.settimeout(Number.NaN), RangeError);
  assert.throws(() => s.setsockopt(1, 2, 2 ** 33), RangeError);
  s.close();
});

test("options stand behind the last argument that is given", async () => {
  const signal = AbortSignal.abort(new Error("over"));
  const [a, b] = socketpair();
  const u = socket(AF_INET, SOCK_DGRAM);
  const over = { message: "over" };
  await assert.rejects(a.recv(1, { signal }), over);
  await assert.rejects(a.recv(1, 0, { signal }), over);
  await assert.rejects(a.recvInto(Buffer.alloc(1), { signal }), over);
  await assert.rejects(a.recvInto(Buffer.alloc(1), 1, 0, { signal }), over);
  await assert.rejects(a.sendall("x", { signal }), over);
  await assert.rejects(a.accept({ signal }), over);
  await assert.rejects(u.sendto("x", ["127.0.0.1", 9], { signal }), over);
  await assert.rejects(u.sendto("x", 0, ["127.0.0.1", 9], { signal }), over);
  await assert.rejects(u.connect(["127.0.0.1", 9], { signal }), over);
  a.close();
  b.close();
  u.close();
});

test("an abort ends one call and leaves the others in their order", async () => {
  const [a, b] = socketpair();
  const controller = new AbortController();
  const first = b.recv(1);
  const second = b.recv(1, { signal: controller.signal });
  const third = b.recv(1);
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
  await a.sendall("xy");
  assert.equal(String(await first), "x");
  assert.equal(String(await third), "y");
  a.close();
  b.close();
});

test("MSG_DONTWAIT does not wait, and does not overtake", async () => {
  const [a, b] = socketpair();
  await assert.rejects(b.recv(1, MSG_DONTWAIT), { code: "EAGAIN" });
  const waiting = b.recv(1);
  await a.sendall("x");
  await assert.rejects(b.recv(1, MSG_DONTWAIT), { code: "EAGAIN" });
  assert.equal(String(await waiting), "x");
  await a.sendall("y");
  assert.equal(String(await b.recv(1, MSG_DONTWAIT)), "y");
  a.close();
  b.close();
});

test("MSG_WAITALL waits for all, and gives what there is at the end", async () => {
  const [a, b] = socketpair();
  const whole = b.recv(6, MSG_WAITALL);
  await a.sendall("abc");
  await new Promise(setImmediate);
  await a.sendall("def");
  assert.equal(String(await whole), "abcdef");
  const part = b.recv(6, MSG_WAITALL);
  await a.sendall("gh");
  await new Promise(setImmediate);
  a.close();
  assert.equal(String(await part), "gh");
  b.close();
});

test("MSG_WAITALL that is aborted half-way gives what had come", async () => {
  const [a, b] = socketpair();
  const controller = new AbortController();
  const { signal } = controller;
  const part = b.recv(6, MSG_WAITALL, { signal });
  await a.sendall("abc");
  // Until the call has them: an abort before it leaves them in the kernel.
  const onlooker = b.dup();
  const isThere = () => onlooker.recv(1, MSG_PEEK | MSG_DONTWAIT).catch(({ code }) => code);
  while ((await isThere()) !== "EAGAIN") await new Promise(setImmediate);
  controller.abort();
  assert.equal(String(await part), "abc");
  await assert.rejects(b.recv(6, MSG_WAITALL, { signal }), { name: "AbortError" });
  onlooker.close();
  a.close();
  b.close();
});

test("a timeout is a TimeoutError, and the data behind it is not lost", async () => {
  const [a, b] = socketpair();
  b.settimeout(0.02);
  await assert.rejects(b.recv(1), (error) => {
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.code, "ETIMEDOUT");
    return true;
  });
  await a.sendall("x");
  assert.equal(String(await b.recv(1)), "x");
  a.close();
  b.close();
});

/** The thread's own work, behind which all timers are due. */
function hold(ms: number): void {
  const begin = performance.now();
  while (performance.now() < begin + ms);
}

test("what came in time is no timeout where the program's own code held the thread", async () => {
  const [a, b] = socketpair();
  const listener = createServer(["127.0.0.1", 0]);
  const client = socket();
  for (const sock of [b, listener, client]) sock.settimeout(0.02);
  const reads = Array.from({ length: 1500 }, () => b.recv(1)); // more than a turn of the loop makes
  const accepted = listener.accept();
  const connected = client.connectEx(listener.getsockname());
  const sent = a.sendall("x".repeat(reads.length));
  hold(40);
  assert.equal(Buffer.concat(await Promise.all(reads)).length, reads.length);
  const [conn] = await accepted;
  assert.equal(await connected, 0);
  await sent;
  await assert.rejects(b.recv(1), TimeoutError);
  for (const sock of [a, b, conn, client, listener]) sock.close();
});

test("two objects on one descriptor both wait and both hear", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  const twin = socket(AF_UNIX, SOCK_DGRAM, 0, { fileno: b.fileno() });
  const waiting = [b.recv(10), twin.recv(10)];
  await a.send("one");
  await a.send("two");
  const got = (await Promise.all(waiting)).map(String).sort();
  assert.deepEqual(got, ["one", "two"]);
  const left = twin.recv(1);
  b.close();
  await assert.rejects(left, { code: "EBADF" });
  assert.throws(() => twin.close(), { code: "EBADF", syscall: "close" });
  a.close();
});

test("close(fd) ends what waits on the number", async () => {
  const [a, b] = socketpair();
  const waiting = b.recv(1);
  close(b.fileno());
  await assert.rejects(waiting, { code: "EBADF", syscall: "recv" });
  b.detach();
  a.close();
});

test("detach ends what waits, and the descriptor lives on", async () => {
  const [a, b] = socketpair();
  const waiting = b.recv(1);
  const fd = b.detach();
  await assert.rejects(waiting, { code: "EBADF" });
  assert.equal(b.fileno(), -1);
  const again = socket(undefined, undefined, undefined, { fileno: fd });
  assert.equal(again.family, AF_UNIX);
  await a.sendall("x");
  assert.equal(String(await again.recv(1)), "x");
  a.close();
  again.close();
});

test("a stream that has ended stays ended, behind a short read too", async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const client = await createConnection(listener.getsockname());
  const [server] = await listener.accept();
  const first = server.recv(100);
  await client.sendall("bye");
  client.close();
  assert.equal(String(await first), "bye");
  assert.equal((await server.recv(100)).length, 0);
  assert.equal((await server.recv(100)).length, 0);
  server.close();
  listener.close();
});

test("urgent data does not hide what comes behind it", async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const client = await createConnection(listener.getsockname());
  const [server] = await listener.accept();
  await client.sendall("before");
  await client.send("!", MSG_OOB);
  await client.sendall("behind");
  await new Promise((resolve) => setTimeout(resolve, 20));
  let text = "";
  while (text.length < "beforebehind".length) text += String(await server.recv(100));
  assert.equal(text, "beforebehind");
  client.close();
  server.close();
  listener.close();
});

test("immediates have their turn between two messages", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  turn();
  for (let message = 0; message < 100; message++) {
    const got = far.recv(1);
    await near.send("x");
    const before = turns;
    await got;
    assert.ok(turns > before, `message ${message} came in the turn of the one before`);
  }
  isOver = true;
  near.close();
  far.close();
});

test("what the kernel refuses, it refuses at once, also where there is nothing to read and no room", async () => {
  const [near, far] = socketpair();
  await near.send("x");
  await far.recv(9); // it is known to be empty now
  await assert.rejects(far.recv(1, MSG_OOB), { code: "EINVAL" });
  const many = Array.from({ length: 1025 }, () => Buffer.alloc(1));
  await assert.rejects(far.recvmsgInto(many), { code: "EMSGSIZE" });
  await assert.rejects(far.accept(), { code: "EINVAL" });

  const listener = createServer(["127.0.0.1", 0]);
  const waiting = listener.accept({ signal: AbortSignal.timeout(1) });
  await assert.rejects(waiting, { name: "TimeoutError" });
  await assert.rejects(listener.recv(1), { code: "ENOTCONN" });
  listener.close();

  const controller = new AbortController();
  const filling = near.sendall(Buffer.alloc(4_000_000), { signal: controller.signal });
  const filled = assert.rejects(filling, { name: "AbortError" });
  await sleep(1);
  controller.abort();
  await filled;
  await assert.rejects(sendFds(near, ["x"], [2 ** 20]), { code: "EBADF" });
  await assert.rejects(near.sendmsg(many), { code: "EMSGSIZE" });
  near.close();
  far.close();
});

test("a waiting call keeps the process alive; an idle socket does not", async () => {
  const idle = await program(`
    import { createServer, socketpair } from "berkeley";
    const l = createServer(["127.0.0.1", 0]); const [a, b] = socketpair();
    const w = b.recv(1); await a.sendall("x"); await w; process.stdout.write("idle");
  `);
  assert.equal(idle.stdout, "idle");
  const busy = await program(`
    import { createServer, socketpair } from "berkeley";
    import { spawn } from "node:child_process";
    const [a, b] = socketpair();
    b.recv(1).then((d) => process.stdout.write("got " + d));
    setTimeout(() => a.sendall("x"), 100).unref();
  `);
  assert.equal(busy.stdout, "got x");
});

test("the ES modules and the CommonJS build work side by side", async () => {
  const require = createRequire(import.meta.url);
  const cjs = require("berkeley/package.json") && require("../../dist-cjs/index.js");
  const [a, b] = cjs.socketpair();
  const [c, d] = socketpair();
  const waiting = [b.recv(1), d.recv(1)];
  await a.sendall("1");
  await c.sendall("2");
  assert.deepEqual((await Promise.all(waiting)).map(String), ["1", "2"]);
  for (const one of [a, b, c, d]) one.close();
});

test("sendto waits while the queue of a Unix receiver is full, and loses nothing", async () => {
  const to = socket(AF_UNIX, SOCK_DGRAM);
  to.bind("");
  const from = socket(AF_UNIX, SOCK_DGRAM);
  const count = 500;
  const sending = (async () => {
    for (let i = 0; i < count; i++) await from.sendto(String(i), to.getsockname());
  })();
  for (let i = 0; i < count; i++) assert.equal(String(await to.recv(10)), String(i));
  await sending;
  from.close();
  to.close();
});

test("a peer without room is not in the way of what does not go there", async () => {
  const sender = socket(AF_UNIX, SOCK_DGRAM);
  const peer = socket(AF_UNIX, SOCK_DGRAM);
  const other = socket(AF_UNIX, SOCK_DGRAM);
  peer.bind("");
  other.bind("");
  const destination = other.getsockname();
  await sender.connect(peer.getsockname());
  sender.settimeout(0.01);
  await assert.rejects(async () => {
    for (;;) await sender.send("x");
  }, TimeoutError);
  sender.settimeout(null);
  await assert.rejects(sender.send(Buffer.alloc(2 ** 24)), { code: "EMSGSIZE" });
  await sender.sendto("1", destination);
  await sender.sendmsg(["2"], [], 0, destination);
  await sender.sendmmsg([{ contents: "3", destination }]);
  for (const text of "123") assert.equal((await other.recv(9)).toString(), text);
  for (const one of [sender, peer, other]) one.close();
});

test("connect waits while the backlog of a Unix listener is full", async () => {
  const listener = socket(AF_UNIX);
  listener.bind("");
  listener.listen(0); // has room for one
  const name = listener.getsockname();
  const clients = Array.from({ length: 5 }, () => socket(AF_UNIX));
  let connected = 0;
  const connecting = clients.map((one) => one.connect(name).then(() => ++connected));
  // Time for several attempts (they come 1 ms, 2 ms, 4 ms, … apart).
  await sleep(30);
  assert.equal(connected, 1);
  for (let accepted = 1; accepted <= clients.length; accepted++) {
    (await listener.accept())[0].close();
    assert.ok(connected <= accepted + 1);
  }
  await Promise.all(connecting);
  for (const one of [...clients, listener]) one.close();
});

test("who waits for room behind a call that is aborted is served", async () => {
  const to = socket(AF_UNIX, SOCK_DGRAM);
  to.bind("");
  const from = socket(AF_UNIX, SOCK_DGRAM);
  const name = to.getsockname();
  from.settimeout(0);
  let queued = 0;
  while ((await from.sendto("x", name).catch(() => 0)) === 1) queued++;
  from.settimeout(null);
  const controller = new AbortController();
  const first = from.sendto("1", name, { signal: controller.signal });
  const second = from.sendto("2", name);
  controller.abort();
  await assert.rejects(first, { name: "AbortError" });
  for (let i = 0; i < queued; i++) assert.equal(String(await to.recv(10)), "x");
  await second;
  assert.equal(String(await to.recv(10)), "2");
  from.close();
  to.close();
});

test("an abort is heard of where another listener stops its event, too", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  signal.addEventListener("abort", (event) => event.stopImmediatePropagation());
  const [near, far] = socketpair();
  const waiting = [near.recv(1, { signal }), far.recv(1, { signal })];
  const rejected = waiting.map((one) => assert.rejects(one, { name: "AbortError" }));
  controller.abort();
  near.close(); // which ends those that have not heard of it
  far.close();
  await Promise.all(rejected);
});
