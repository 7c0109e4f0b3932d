/** MSG_WAITALL on the event loop, where several calls do what is one call of the kernel's. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import test from "node:test";
import {
  AF_UNIX,
  close,
  createServer,
  fromfd,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  recvFds,
  SO_LINGER,
  SO_RCVBUFFORCE,
  SO_SNDBUFFORCE,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOCK_STREAM,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_SOCKET,
  type Socket,
  Socket as SocketOf,
  sendFds,
  socket,
  socketpair,
} from "berkeley";
import * as sync from "berkeley/sync";
import { hasCapability } from "../support/capability.js";
import { connected } from "../support/connected.js";
import { queued } from "../support/kernel-tables.js";
import { turns } from "../support/process.js";

const MIB = 1024 * 1024;

/** Each call that reads: what it gives if it is asked for ten bytes. */
const calls: [name: string, read: (from: Socket, flags: number) => Promise<string>][] = [
  ["recv", async (from, flags) => String(await from.recv(10, flags))],
  [
    "recvInto",
    async (from, flags) => {
      const buffer = Buffer.alloc(10);
      return String(buffer.subarray(0, await from.recvInto(buffer, 0, flags)));
    },
  ],
  ["recvfrom", async (from, flags) => String((await from.recvfrom(10, flags))[0])],
  [
    "recvfromInto",
    async (from, flags) => {
      const buffer = Buffer.alloc(10);
      const [count, address] = await from.recvfromInto(buffer, 0, flags);
      assert.equal(address, null);
      return String(buffer.subarray(0, count));
    },
  ],
  [
    "recvmsg",
    async (from, flags) => {
      const [data, ancdata, , address] = await from.recvmsg(10, 0, flags);
      assert.deepEqual([ancdata, address], [[], null]);
      return String(data);
    },
  ],
  [
    "recvmsgInto",
    async (from, flags) => {
      const parts = [Buffer.alloc(2), Buffer.alloc(0), Buffer.alloc(5), Buffer.alloc(3)];
      const [count] = await from.recvmsgInto(parts, 0, flags);
      return String(Buffer.concat(parts).subarray(0, count));
    },
  ],
];

for (const [name, read] of calls) {
  test(`${name} waits for all, peeks at all, and gives what there is at the end`, async () => {
    const [client, connection] = await connected();
    const peek = read(connection, MSG_WAITALL | MSG_PEEK);
    for (const part of ["abc", "d", "efghij"]) {
      await client.sendall(part);
      await turns();
    }
    assert.equal(await peek, "abcdefghij");
    assert.equal(await read(connection, MSG_WAITALL), "abcdefghij");

    const whole = read(connection, MSG_WAITALL);
    for (const part of ["klmno", "pqrst"]) {
      await client.sendall(part);
      await turns();
    }
    assert.equal(await whole, "klmnopqrst");

    const last = read(connection, MSG_WAITALL | MSG_PEEK);
    await client.sendall("uvw");
    await turns();
    client.close();
    assert.equal(await last, "uvw");
    assert.equal(await read(connection, MSG_WAITALL), "uvw");
    assert.equal(await read(connection, MSG_WAITALL), "");
    connection.close();
  });
}

for (const [name, read] of calls) {
  test(`${name} stops before urgent data, and a peek does`, async () => {
    const [client, connection] = await connected();
    const [whole, peek] = [MSG_WAITALL, MSG_WAITALL | MSG_PEEK].map((flags) =>
      read(connection, flags),
    );
    await client.sendall("ab");
    await turns();
    await client.sendall("c");
    await client.send("!", MSG_OOB);
    assert.equal(await whole, "abc");
    await client.sendall("defghijklmnop");
    assert.equal(await peek, "defghijklm");
    assert.equal(String(await connection.recv(1, MSG_OOB)), "!");
    assert.equal(await read(connection, MSG_WAITALL), "defghijklm");

    await client.send("?", MSG_OOB);
    await client.sendall("q");
    await turns();
    assert.equal(await read(connection, MSG_WAITALL | MSG_PEEK), "nop");
    assert.equal(await read(connection, MSG_WAITALL), "nop");
    const behind = read(connection, MSG_WAITALL | MSG_PEEK);
    await turns();
    await client.sendall("rstuvwxyz");
    assert.equal(await behind, "qrstuvwxyz");
    client.close();
    connection.close();
  });
}

for (const [name, read] of calls) {
  test(`${name} stops behind descriptors, and a peek does, which have no room`, async () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    const peek = read(b, MSG_WAITALL | MSG_PEEK);
    await a.sendall("ab");
    await turns();
    await sendFds(a, ["c"], [0]);
    await a.sendall("defghijklmnop");
    assert.equal(await peek, "abc");
    assert.equal(await read(b, MSG_WAITALL), "abc");
    assert.equal(await read(b, MSG_WAITALL), "defghijklm");
    a.close();
    b.close();
  });
}

test("descriptors end a message, and are not lost", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const whole = recvFds(b, 10, 4, MSG_WAITALL);
  await a.sendall("abc");
  await turns();
  await sendFds(a, ["d"], [0]);
  await a.sendall("efghijk");
  const [data, fds] = await whole;
  assert.equal(String(data), "abcd");
  assert.equal(fds.length, 1);
  for (const fd of fds) sync.close(fd);
  a.close();
  b.close();
});

test("a long one lets the rest of the program run", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const data = Buffer.alloc(64 * MIB, "x");
  let rounds = 0;
  let isOver = false;
  const count = () => {
    rounds += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const [got] = await Promise.all([b.recv(data.length, MSG_WAITALL), a.sendall(data)]);
  isOver = true;
  assert.ok(got.equals(data));
  assert.ok(rounds >= data.length / (4 * MIB), `${rounds} turns`);
  a.close();
  b.close();
});

test("an error behind the bytes of one call is the next one's, whatever reads for it", {
  skip: !hasCapability("CAP_NET_ADMIN") && "needs CAP_NET_ADMIN for so large a buffer",
}, async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const SIZE = 6 * 1024 * 1024;
  listener.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, 2 * SIZE);
  const client = socket();
  client.setsockopt(SOL_SOCKET, SO_SNDBUFFORCE, 2 * SIZE);
  await client.connect(listener.getsockname());
  const [connection] = await listener.accept();
  await client.sendall(Buffer.alloc(SIZE));
  while (queued(connection.getsockname()[1]) < SIZE) await turns();
  setImmediate(() => {
    client.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(new Int32Array([1, 0]).buffer));
    client.close(); // a reset
  });
  const first = connection.recvInto(Buffer.alloc(2 * SIZE), 0, MSG_WAITALL);
  const second = connection.recv(100);
  assert.equal(await first, SIZE);
  await assert.rejects(second, { code: "ECONNRESET" });
  assert.equal((await connection.recv(100)).length, 0);
  connection.close();
  listener.close();
});

test("recvFds that is cut off gives what has come", async () => {
  for (const how of ["abort", "detach"]) {
    const [a, b] = socketpair();
    const stop = new AbortController();
    const reading = recvFds(b, 10, 2, MSG_WAITALL, { signal: stop.signal });
    await a.sendall("abc");
    await turns();
    let rest: Socket = b;
    if (how === "abort") stop.abort();
    else rest = new SocketOf(AF_UNIX, SOCK_STREAM, 0, { fileno: b.detach() });
    assert.equal(String((await reading)[0]), "abc", how);
    await a.sendall("def");
    assert.equal(String(await rest.recv(10)), "def", how);
    a.close();
    rest.close();
  }
});

test("a peek goes on though there is something in the error queue", async () => {
  const [near, far] = await connected();
  const asked = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  near.setsockopt(SOL_SOCKET, SO_TIMESTAMPING, asked);
  await near.sendall("when");
  await far.recv(4);
  const peeking = near.recv(10, MSG_PEEK | MSG_WAITALL);
  await far.sendall("abc");
  await turns();
  await far.sendall("defghij");
  assert.equal(String(await peeking), "abcdefghij");
  near.close();
  far.close();
});

test("small messages that are read whole have no memory each", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
  const messages = Array.from({ length: 100 }, (_, i) => String(i).padStart(4));
  await near.sendall(messages.join(""));
  const read: Buffer[] = [];
  for (const _ of messages) read.push(await far.recv(4, MSG_WAITALL));
  assert.deepEqual(read.map(String), messages);
  const memories = new Set(read.map(({ buffer }) => buffer));
  assert.ok(memories.size <= 2, `${memories.size} pieces of memory`);
  near.close();
  far.close();
});

for (const isShared of [false, true]) {
  const whose = isShared ? "that somebody else has made non-blocking" : "of its own";
  test(`a blocking call waits for all, on a socket ${whose}`, () => {
    const [near, far] = sync.socketpair(AF_UNIX, SOCK_STREAM);
    const others = isShared ? fromfd(far.fileno(), AF_UNIX, SOCK_STREAM) : null;
    const size = 6 * MIB;
    const reads: (() => number)[] = [
      () => far.recv(size, MSG_WAITALL).length,
      () => far.recvInto(Buffer.alloc(size), 0, MSG_WAITALL),
      () => far.recvfrom(size, MSG_WAITALL)[0].length,
      () => far.recvmsg(size, 0, MSG_WAITALL)[0].length,
    ];
    const script = `head -c ${MIB} /dev/zero; sleep 0.02; head -c ${5 * MIB} /dev/zero`;
    for (const read of reads) {
      const child = spawn("sh", ["-c", script], { stdio: ["ignore", near.fileno(), "inherit"] });
      assert.equal(read(), size); // also where the child ends before all is read, which is a signal
      child.unref();
    }
    for (const one of [near, far, others]) one?.close();
  });
}

test("a message of TCP goes on where there was no room for what came beside a part", async () => {
  const [client, connection] = await connected();
  connection.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  const whole = connection.recvmsg(6, 0, MSG_WAITALL);
  for (const part of ["abc", "def"]) {
    await client.sendall(part);
    await turns();
  }
  assert.equal(String((await whole)[0]), "abcdef");
  for (const one of [client, connection]) one.close();
});

test("what a call has when it is aborted is its own, and not what another has read since", async () => {
  const [[a, b], [c, d]] = [socketpair(), socketpair()];
  const stop = new AbortController();
  const part = b.recvmsg(6, 200, MSG_WAITALL, { signal: stop.signal });
  await a.sendall("abc");
  await turns();
  await sendFds(c, ["x"], [0]);
  const [, fds] = await recvFds(d, 9, 1);
  for (const fd of fds) close(fd);
  stop.abort();
  const [data, ancdata] = await part;
  assert.deepEqual([String(data), ancdata], ["abc", []]);
  for (const one of [a, b, c, d]) one.close();
});

test("all that is read names its sender, where the family does", async () => {
  const [listener, client] = [socket(AF_UNIX), socket(AF_UNIX)];
  for (const one of [listener, client]) one.bind("");
  listener.listen();
  await client.connect(listener.getsockname());
  const [server] = await listener.accept();
  await client.sendall("x".repeat(40));
  const into = Buffer.alloc(10);
  const senders = [
    (await server.recvfrom(10, MSG_WAITALL))[1],
    (await server.recvfromInto(into, 10, MSG_WAITALL))[1],
    (await server.recvmsg(10, 0, MSG_WAITALL))[3],
    (await server.recvmsgInto([into], 0, MSG_WAITALL))[3],
  ];
  for (const sender of senders) assert.deepEqual(sender, client.getsockname());
  for (const one of [client, server, listener]) one.close();
});
