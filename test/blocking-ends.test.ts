/** Where a blocking call of the kernel's ends, and one that does not block says EAGAIN for ever, or another error. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import {
  AF_INET,
  AF_NETLINK,
  AF_UNIX,
  createConnection,
  createServer,
  fromfd,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_FASTOPEN,
  MSG_WAITALL,
  NETLINK_USERSOCK,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
  TCP_FASTOPEN_NO_COOKIE,
  TimeoutError,
} from "berkeley";
import * as sync from "berkeley/sync";
import { Directory } from "./support/machine.js";
import { turns } from "./support/process.js";
import { readAll } from "./support/streams.js";

async function udp(): Promise<Socket> {
  const one = socket(AF_INET, SOCK_DGRAM);
  await one.connect(["127.0.0.1", 9]);
  return one;
}

/** Each call that reads, and what Python's gives of a socket that is shut down. */
const calls: [read: (from: Socket) => Promise<unknown>, gives: unknown][] = [
  [(from) => from.recv(5), Buffer.alloc(0)],
  [(from) => from.recvInto(Buffer.alloc(5)), 0],
  [(from) => from.recvfrom(5), [Buffer.alloc(0), null]],
  [(from) => from.recvfromInto(Buffer.alloc(5)), [0, null]],
  [(from) => from.recvmsg(5, 100), [Buffer.alloc(0), [], 0, null]],
  [(from) => from.recvmsgInto([Buffer.alloc(5)], 100), [0, [], 0, null]],
  [(from) => from.recvmmsg(5, 100), []],
];

const pairs: Record<string, () => Promise<Socket> | Socket> = {
  udp,
  "unix dgram": () => socketpair(AF_UNIX, SOCK_DGRAM)[0] as Socket,
};

for (const [name, make] of Object.entries(pairs)) {
  test(`${name}: shut down for reading, each call that waits and each that comes ends`, async () => {
    for (const [read, gives] of calls) {
      const one = await make();
      const waiting = [read(one), read(one)];
      await turns();
      one.shutdown(SHUT_RD);
      assert.deepEqual(await Promise.all(waiting), [gives, gives]);
      assert.deepEqual(await read(one), gives);
      one.close();
    }
    const before = await make();
    before.shutdown(SHUT_RD);
    for (const [read, gives] of calls) assert.deepEqual(await read(before), gives);
    await assert.rejects(before.recv(5, MSG_DONTWAIT), { code: "EAGAIN" });
    before.settimeout(0.01);
    await assert.rejects(before.recv(5), TimeoutError);
    before.close();
  });
}

test("udp: what was there before it was shut down is read first", async () => {
  const to = socket(AF_INET, SOCK_DGRAM);
  to.bind(["127.0.0.1", 0]);
  await to.connect(to.getsockname());
  await to.send("there");
  to.shutdown(SHUT_RD);
  assert.equal(String(await to.recv(9)), "there");
  assert.equal((await to.recv(9)).length, 0);
  to.close();
});

test("a Unix listener that is shut down ends who accepts with EINVAL, as one of TCP", async () => {
  for (const family of [AF_UNIX, AF_INET] as const) {
    const listener = socket(family) as Socket;
    listener.bind(family === AF_UNIX ? "" : ["127.0.0.1", 0]);
    listener.listen();
    const accepting = listener.accept();
    await turns();
    listener.shutdown(SHUT_RDWR);
    await assert.rejects(accepting, { code: "EINVAL", syscall: "accept" });
    listener.close();
  }
});

test("shut down for writing, who waits for room ends with EPIPE, and who comes", async () => {
  for (const type of [SOCK_STREAM, SOCK_SEQPACKET]) {
    const [near, far] = socketpair(AF_UNIX, type);
    const fill = async () => {
      for (;;) await near.send(Buffer.alloc(100_000));
    };
    const filling = assert.rejects(fill(), { code: "EPIPE" });
    await turns();
    const behind = assert.rejects(near.sendall("x"), { code: "EPIPE" });
    near.shutdown(SHUT_WR);
    await Promise.all([filling, behind]);
    await assert.rejects(near.send("x"), { code: "EPIPE" });
    near.close();
    far.close();
  }
});

test("who has heard the end of a stream waits for room as before", async () => {
  const pairs = [1, 2, 3].map(() => socketpair(AF_UNIX, SOCK_STREAM));
  const ends = pairs.map(([near]) => near.recv(1)); // of several the poller is told what there is
  await turns();
  for (const [, far] of pairs) far.shutdown(SHUT_WR);
  for (const end of ends) assert.equal((await end).length, 0);
  const data = Buffer.alloc(2 << 20);
  for (const [near, far] of pairs) {
    const sending = near.sendall(data).then(() => near.close());
    assert.equal((await readAll(far)).length, data.length);
    await sending;
    far.close();
  }
});

test("shut down for writing, who waits on another object of the same number ends, too", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
  const twin = socket(AF_UNIX, SOCK_STREAM, 0, { fileno: near.fileno() });
  const waiting = [twin, near].map((one) =>
    assert.rejects(one.sendall(Buffer.alloc(4 << 20)), { code: "EPIPE" }),
  );
  await turns();
  near.shutdown(SHUT_WR);
  await Promise.all(waiting);
  assert.equal(twin.detach(), near.fileno());
  near.close();
  far.close();
});

test("who connects over TCP is told that the socket was shut down", async () => {
  const listener = socket();
  listener.bind(["127.0.0.1", 0]);
  listener.listen(0);
  const name = listener.getsockname();
  const early = [1, 2, 3].map(() => socket());
  for (const one of early) one.connect(name).catch(() => {}); // or waits until it is closed
  await turns();
  for (const timeout of [null, 10]) {
    const late = socket();
    late.settimeout(timeout);
    const connecting = assert.rejects(late.connect(name), { code: "ECONNRESET" });
    await turns();
    late.shutdown(SHUT_RDWR);
    await connecting;
    late.close();
  }
  for (const one of [...early, listener]) one.close();
});

test("MSG_FASTOPEN connects, and sends when there is a connection", async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const name = listener.getsockname();
  const sends: ((from: Socket<typeof AF_INET>) => Promise<number>)[] = [
    (from) => from.sendto("hello", MSG_FASTOPEN, name),
    (from) => from.sendmsg(["hel", "lo"], [], MSG_FASTOPEN, name),
    async (from) =>
      "hello".length *
      (await from.sendmmsg([{ contents: "hello", destination: name }], MSG_FASTOPEN)),
  ];
  for (const send of sends) {
    const client = socket();
    assert.equal(await send(client), 5);
    const [connection] = await listener.accept();
    assert.equal(String(await connection.recv(9)), "hello");
    client.close();
    connection.close();
  }
  listener.close();
  for (const send of sends) {
    const client = socket();
    await assert.rejects(send(client), { code: "ECONNREFUSED" });
    client.close();
  }
});

test("sendmmsg with MSG_FASTOPEN begins one connection for all messages", async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const name = listener.getsockname();
  const client = socket();
  client.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1); // so that the first goes with the SYN
  const messages = ["a", "b", "c"].map((contents) => ({ contents, destination: name }));
  assert.equal(await client.sendmmsg(messages, MSG_FASTOPEN), 3);
  const [connection] = await listener.accept();
  assert.equal(String(await connection.recv(3, MSG_WAITALL)), "abc");
  for (const one of [client, connection, listener]) one.close();
});

test("netlink: who sends to another whose queue is full waits for room there", async () => {
  const [from, to] = [0, 1].map(() => socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK));
  assert.ok(from && to);
  for (const one of [from, to]) one.bind([0, 0]);
  to.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096);
  const sending = (async () => {
    for (let i = 0; i < 20; i++) await from.sendto(Buffer.alloc(500, i), to.getsockname());
    await from.connect(to.getsockname());
    for (let i = 20; i < 40; i++) await from.send(Buffer.alloc(500, i));
  })();
  await turns();
  for (let i = 0; i < 40; i++) assert.equal((await to.recv(999))[0], i);
  await sending;
  from.close();
  to.close();
});

test("berkeley/sync: a blocking call ends at the kernel's own limit and at the end, in a worker, too", async () => {
  const program = `
    const { parentPort } = require("node:worker_threads");
    const sync = require("berkeley/sync");
    const codes = [];
    const note = (call) => {
      const beganMs = performance.now();
      try { call(); } catch ({ code, name }) { codes.push(code, name, performance.now() - beganMs >= 19); }
    };
    const [a, b] = sync.socketpair();
    sync.setOption(a, "SO_RCVTIMEO", 0.02);
    sync.setOption(a, "SO_SNDTIMEO", 0.02);
    note(() => a.recv(1));
    note(() => a.sendall(Buffer.alloc(1e7)));
    const listener = sync.createServer(["127.0.0.1", 0]);
    sync.setOption(listener, "SO_RCVTIMEO", 0.02);
    note(() => listener.accept());
    const [queue, sender] = [1, 2].map(() => sync.socket(sync.AF_UNIX, sync.SOCK_DGRAM));
    queue.bind("");
    sync.setOption(sender, "SO_SNDTIMEO", 0.02);
    note(() => { for (;;) sender.sendto("x", queue.getsockname()); });
    a.settimeout(0.02);
    note(() => a.recv(1));
    const [c, d] = sync.socketpair(sync.AF_UNIX, sync.SOCK_DGRAM);
    c.shutdown(sync.SHUT_RD);
    codes.push(c.recv(1).length, JSON.stringify(c.recvfrom(1)[1]));
    parentPort?.postMessage(codes);
    globalThis.codes = codes;
  `;
  const expected = [1, 2, 3, 4].flatMap((): unknown[] => ["EAGAIN", "SocketError", true]);
  expected.push("ETIMEDOUT", "TimeoutError", true);
  // Shut down for reading: no bytes, and no sender.
  expected.push(0, "null");
  const worker = new Worker(program, { eval: true });
  assert.deepEqual((await once(worker, "message"))[0], expected);
  const printed = execFileSync(
    process.execPath,
    ["-e", `${program}; console.log(JSON.stringify(codes))`],
    {
      encoding: "utf8",
    },
  );
  assert.deepEqual(JSON.parse(printed), expected);
});

/** What a program posts, or prints, in a worker and on the main thread. */
async function inBoth(program: string): Promise<unknown[]> {
  const worker = new Worker(
    `${program}; require("node:worker_threads").parentPort.postMessage(told)`,
    {
      eval: true,
    },
  );
  const [posted] = await once(worker, "message");
  const main = [process.execPath, ["-e", `${program}; console.log(JSON.stringify(told))`]] as const;
  return [posted, JSON.parse(execFileSync(...main, { encoding: "utf8" }))];
}

test("berkeley/sync: MSG_WAITALL gives at SO_RCVTIMEO what has come, after that time once", async () => {
  const told = await inBoth(`
    const sync = require("berkeley/sync");
    const told = [];
    const listener = sync.createServer(["127.0.0.1", 0]);
    const near = sync.createConnection(listener.getsockname());
    const [far] = listener.accept();
    sync.setOption(near, "SO_RCVTIMEO", 0.6);
    far.sendall("abc");
    for (const flags of [sync.MSG_WAITALL | sync.MSG_PEEK, sync.MSG_WAITALL]) {
      const beganMs = performance.now();
      const data = String(near.recv(10, flags));
      const tookMs = performance.now() - beganMs;
      told.push(data, tookMs > 590 && tookMs < 1190);
    }
    for (const one of [listener, near, far]) one.close();
  `);
  for (const one of told) assert.deepEqual(one, ["abc", true, "abc", true]);
});

test("berkeley/sync: a connect waits for the one that is under way, and says so at SO_SNDTIMEO", async () => {
  const told = await inBoth(`
    const sync = require("berkeley/sync");
    const told = [];
    const listener = sync.createServer(["127.0.0.1", 0], { backlog: 0 });
    const name = listener.getsockname();
    const first = sync.createConnection(name);
    const late = sync.socket();
    sync.setOption(late, "SO_SNDTIMEO", 0.1);
    for (let i = 0; i < 2; i++) {
      try { late.connect(name); } catch ({ code }) { told.push(code); }
    }
    late.settimeout(0);
    told.push(late.connectEx(name));
    listener.accept()[0].close();
    late.settimeout(null);
    sync.setOption(late, "SO_SNDTIMEO", 0);
    told.push(late.connectEx(name), late.connectEx(name));
    for (const one of [listener, first, late]) one.close();
  `);
  const { EALREADY, EISCONN } = constants.errno;
  for (const one of told) {
    assert.deepEqual(one, ["EINPROGRESS", "EALREADY", EALREADY, 0, EISCONN]);
  }
});

test("a connect without a timeout waits for the one that is under way", async () => {
  const listener = createServer(["127.0.0.1", 0], { backlog: 0 });
  const name = listener.getsockname();
  const first = await createConnection(name);
  const late = socket();
  const stop = new AbortController();
  const begun = late.connect(name, { signal: stop.signal });
  stop.abort();
  await assert.rejects(begun, { name: "AbortError" });
  const connecting = late.connect(name);
  (await listener.accept())[0].close();
  await connecting;
  for (const one of [listener, first, late]) one.close();
});

test("berkeley/sync: SO_RCVTIMEO is kept also where the kernel does not wait: non-blocking, and for an error", () => {
  const [a, b] = sync.socketpair();
  const other = fromfd(a.fileno(), AF_UNIX, SOCK_STREAM);
  sync.setOption(a, "SO_RCVTIMEO", 0.1);
  let beganMs = performance.now();
  assert.throws(() => a.recv(1), { code: "EAGAIN" });
  assert.ok(performance.now() - beganMs >= 99);
  for (const one of [a, b, other]) one.close();

  const alone = sync.socket(AF_INET, SOCK_DGRAM);
  sync.setOption(alone, "SO_RCVTIMEO", 0.1);
  beganMs = performance.now();
  assert.throws(() => alone.recvmsg(1, 0, MSG_ERRQUEUE), { code: "EAGAIN" });
  assert.ok(performance.now() - beganMs >= 99);
  alone.close();
});

test("berkeley/sync: in a worker, too, SO_SNDTIMEO is each send's, and not sendall's", async () => {
  const [near, far] = socketpair();
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
    const sync = require("berkeley/sync");
    const sock = sync.fromfd(workerData, sync.AF_UNIX, sync.SOCK_STREAM);
    sync.setOption(sock, "SO_SNDTIMEO", 1);
    const beganMs = performance.now();
    sock.sendall(Buffer.alloc(1 << 20));
    sock.close();
    parentPort.postMessage(performance.now() - beganMs);`,
    { eval: true, workerData: near.fileno() },
  );
  const took = once(worker, "message");
  let received = 0;
  // Slower than the limit in all, though not for a moment.
  while (received < 1 << 20) {
    await delay(100);
    received += (await far.recv(65_536)).length;
  }
  assert.ok((await took)[0] > 1000, String(await took));
  near.close();
  far.close();
});

test("berkeley/sync: a signal does not end a connect before the kernel's own limit", () => {
  const program = `
    const sync = require("berkeley/sync");
    const listener = sync.socket();
    listener.bind(["127.0.0.1", 0]);
    listener.listen(0);
    // The queue of those who are not accepted is full.
    const early = [1, 2, 3].map(() => {
      const one = sync.socket(sync.AF_INET, sync.SOCK_STREAM | sync.SOCK_NONBLOCK);
      one.connectEx(listener.getsockname());
      return one;
    });
    const late = sync.socket();
    sync.setOption(late, "SO_SNDTIMEO", 0.2);
    const beganMs = performance.now();
    const errno = late.connectEx(listener.getsockname());
    console.log(errno, performance.now() - beganMs >= 199);
    for (const one of [...early, late, listener]) one.close();
  `;
  using folder = new Directory();
  // The profiler interrupts the thread each millisecond.
  const profiler = ["--cpu-prof", `--cpu-prof-dir=${folder.path}`];
  const printed = execFileSync(process.execPath, [...profiler, "-e", program], {
    encoding: "utf8",
  });
  assert.equal(printed, `${constants.errno.EINPROGRESS} true\n`);
});

test("shut down for reading, a call ends also behind one that timed out", async () => {
  const listener = socket(AF_UNIX);
  listener.bind("");
  listener.listen();
  for (const isBefore of [true, false]) {
    const one = await udp();
    for (const [from, read] of [
      [one, () => one.recv(5)],
      [listener, () => listener.accept()],
    ] as const) {
      from.settimeout(0.02);
      if (isBefore) from.shutdown(SHUT_RD);
      const timed = assert.rejects(read(), TimeoutError);
      await turns();
      from.shutdown(SHUT_RD);
      await timed;
      from.settimeout(null);
    }
    assert.equal((await one.recv(5)).length, 0);
    await assert.rejects(listener.accept(), { code: "EINVAL" });
    one.close();
  }
  listener.close();
});

test("berkeley/sync in a worker: what is in the error queue is no end", async () => {
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    const sync = require("berkeley/sync");
    const one = sync.socket(sync.AF_INET, sync.SOCK_DGRAM);
    one.bind(["127.0.0.1", 0]);
    const asked = sync.SOF_TIMESTAMPING_TX_SOFTWARE | sync.SOF_TIMESTAMPING_SOFTWARE;
    one.setsockopt(sync.SOL_SOCKET, sync.SO_TIMESTAMPING, asked);
    one.sendto("when", workerData);
    parentPort.postMessage(one.getsockname());
    parentPort.postMessage(String(one.recv(9)));
    one.setsockopt(sync.SOL_SOCKET, sync.SO_TIMESTAMPING, 0);
    parentPort.postMessage(String(one.recvmsg(9, 500, sync.MSG_ERRQUEUE | sync.MSG_DONTWAIT)[2] !== 0));
  `;
  const other = socket(AF_INET, SOCK_DGRAM);
  other.bind(["127.0.0.1", 0]);
  const worker = new Worker(program, { eval: true, workerData: other.getsockname() });
  const [name] = await once(worker, "message");
  await delay(50); // it waits
  const heard: unknown[] = [];
  worker.on("message", (message) => heard.push(message));
  await other.sendto("late", name);
  await once(worker, "exit");
  assert.deepEqual(heard, ["late", "true"]);
  other.close();
});
