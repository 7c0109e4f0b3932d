/** Closing a socket while calls wait on it, and descriptors' numbers that are used again at once. */
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import test from "node:test";
import * as berkeley from "berkeley";
import { MSG_DONTWAIT, MSG_WAITALL, type Socket, socket, socketpair } from "berkeley";
import { faces, outcome } from "../support/faces.js";
import { openDescriptors, turns } from "../support/process.js";

const { AF_INET, AF_UNIX, SO_SNDBUF, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } = berkeley;

/** A socket whose buffer is full, and its peer. */
async function full(type: number): Promise<[Socket<typeof AF_UNIX>, Socket<typeof AF_UNIX>]> {
  const [near, far] = socketpair(AF_UNIX, type);
  near.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
  near.settimeout(0);
  const fill = async () => {
    for (;;) await near.send(Buffer.alloc(1024));
  };
  await assert.rejects(fill(), { code: "EAGAIN" });
  near.settimeout(null);
  return [near, far];
}

/** The address of a listener whose queue is full. */
async function busyListener(family: typeof AF_INET | typeof AF_UNIX): Promise<{
  listener: Socket;
  waiting: Socket;
  connect: (socket: Socket) => Promise<unknown>;
}> {
  const listener = berkeley.socket(family, SOCK_STREAM) as Socket;
  listener.bind(family === AF_UNIX ? "" : ["127.0.0.1", 0]);
  listener.listen(0);
  const waiting = berkeley.socket(family, SOCK_STREAM) as Socket;
  const connect = (socket: Socket) => socket.connect(listener.getsockname());
  await connect(waiting);
  return { listener, waiting, connect };
}

interface Wait {
  name: string;
  syscall: string;
  /** The socket, a call that waits on it, and what else has to be closed. */
  begin: () => Promise<[socket: Socket, wait: Promise<unknown>, ...others: Socket[]]>;
}

const reads: [name: string, read: (socket: Socket) => Promise<unknown>][] = [
  ["recv", (socket) => socket.recv(1)],
  ["recv of more than the shared buffer", (socket) => socket.recv(1024 * 1024)],
  ["recvInto", (socket) => socket.recvInto(Buffer.alloc(1))],
  ["recvfrom", (socket) => socket.recvfrom(1)],
  ["recvfromInto", (socket) => socket.recvfromInto(Buffer.alloc(1))],
];

const WAITS: readonly Wait[] = [
  ...[SOCK_STREAM, SOCK_DGRAM].flatMap((type) =>
    reads.map(([name, read]) => ({
      name: `${name} (type ${type})`,
      syscall: name.startsWith("recvfrom") ? "recvfrom" : "recv",
      async begin(): Promise<[Socket, Promise<unknown>, Socket]> {
        const [near, far] = socketpair(AF_UNIX, type);
        return [near, read(near), far];
      },
    })),
  ),
  ...[AF_INET, AF_UNIX].map((family) => ({
    name: `accept (family ${family})`,
    syscall: "accept",
    async begin(): Promise<[Socket, Promise<unknown>]> {
      const listener = berkeley.socket(family, SOCK_STREAM) as Socket;
      listener.bind(family === AF_UNIX ? "" : ["127.0.0.1", 0]);
      listener.listen();
      return [listener, listener.accept()];
    },
  })),
  ...([AF_INET, AF_UNIX] as const).map((family) => ({
    name: `connect (family ${family})`,
    syscall: "connect",
    async begin(): Promise<[Socket, Promise<unknown>, Socket, Socket]> {
      const { listener, waiting, connect } = await busyListener(family);
      const socket = berkeley.socket(family, SOCK_STREAM) as Socket;
      return [socket, connect(socket), listener, waiting];
    },
  })),
  ...[SOCK_STREAM, SOCK_DGRAM].map((type) => ({
    name: `send (type ${type})`,
    syscall: "send",
    async begin(): Promise<[Socket, Promise<unknown>, Socket]> {
      const [near, far] = await full(type);
      return [near, near.send(Buffer.alloc(1024)), far];
    },
  })),
  {
    name: "sendall",
    syscall: "send",
    async begin() {
      const [near, far] = await full(SOCK_STREAM);
      return [near, near.sendall(Buffer.alloc(1024)), far];
    },
  },
  {
    name: "sendto",
    syscall: "sendto",
    async begin() {
      const [near, far] = await full(SOCK_DGRAM);
      const name = berkeley.socket(AF_UNIX, SOCK_DGRAM);
      name.bind("");
      const to = name.getsockname();
      // A socket that is connected sends to others, too; both queues are full.
      const other = berkeley.socket(AF_UNIX, SOCK_DGRAM);
      other.settimeout(0);
      const fill = async () => {
        for (;;) await other.sendto(Buffer.alloc(1024), to);
      };
      await assert.rejects(fill(), { code: "EAGAIN" });
      other.settimeout(null);
      near.close();
      far.close();
      return [other, other.sendto(Buffer.alloc(1024), to), name];
    },
  },
];

for (const { name, syscall, begin } of WAITS) {
  test(`close ends ${name} with EBADF`, async () => {
    const before = openDescriptors();
    const [socket, waiting, ...others] = await begin();
    const ended = assert.rejects(waiting, { code: "EBADF", syscall });
    await turns();
    socket.close();
    assert.equal(socket.fileno(), -1);
    await ended;
    for (const other of others) other.close();
    assert.ok(openDescriptors() <= before + 3); // the poller's own
  });

  test(`close ends ${name} with EBADF that began in the same turn`, async () => {
    const [socket, waiting, ...others] = await begin();
    socket.close();
    await assert.rejects(waiting, { code: "EBADF", syscall });
    for (const other of others) other.close();
  });
}

test("connectEx gives EBADF's number when it is closed", async () => {
  const { listener, waiting } = await busyListener(AF_INET);
  const socket = berkeley.socket();
  const connecting = socket.connectEx(listener.getsockname() as [string, number]);
  await turns();
  socket.close();
  assert.equal(await connecting, 9);
  listener.close();
  waiting.close();
});

test("close ends all who wait, in both directions, in their order", async () => {
  const [near, far] = await full(SOCK_STREAM);
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);
  const waits = [
    near.recv(1).catch(note("first recv")),
    near.recv(1).catch(note("second recv")),
    near.sendall(Buffer.alloc(4096)).catch(note("first sendall")),
    near.send("x").catch(note("send")),
  ];
  await turns();
  near.close();
  await Promise.all(waits);
  assert.deepEqual(order, ["first recv", "second recv", "first sendall", "send"]);
  far.close();
});

for (const [name, { createConnection, createServer, hasDualstackIPv6 }] of faces) {
  test(`${name}: a createServer that fails leaves nothing open, nor does hasDualstackIPv6`, () => {
    const listener = createServer(["127.0.0.1", 0]);
    const before = openDescriptors();
    assert.throws(() => createServer(listener.getsockname()), { code: "EADDRINUSE" });
    hasDualstackIPv6();
    assert.equal(openDescriptors(), before);
    listener.close();
  });

  test(`${name}: a createConnection that fails leaves nothing open`, async () => {
    const listener = createServer(["127.0.0.1", 0]);
    const address = listener.getsockname();
    listener.close();
    const fails = (allErrors: boolean, name: string) =>
      assert.rejects(
        outcome(() => createConnection(address, { allErrors })),
        { name },
      );
    await fails(false, "SocketError"); // the poller is there now
    const before = openDescriptors();
    await fails(false, "SocketError");
    await fails(true, "AggregateError");
    assert.equal(openDescriptors(), before);
  });
}

test("a createConnection that is aborted rejects with the reason, and tries no other address", async () => {
  const { listener, waiting } = await busyListener(AF_INET);
  const address = listener.getsockname() as [string, number];
  const more = [1, 2, 3].map(() => berkeley.createConnection(address).catch(() => null));
  await turns();
  const controller = new AbortController();
  const { signal } = controller;
  const late = berkeley.createConnection(address, { allErrors: true, signal });
  await turns();
  controller.abort(new Error("enough"));
  await assert.rejects(late, { message: "enough" });
  for (const one of [listener, waiting]) one.close();
  for (const one of await Promise.all(more)) one?.close();
});

test("fromfd of what is no socket leaves no duplicate behind", () => {
  const file = openSync("/dev/null", "r");
  const before = openDescriptors();
  assert.throws(() => berkeley.fromfd(file, AF_INET, SOCK_STREAM), { code: "ENOTSOCK" });
  assert.equal(openDescriptors(), before);
  closeSync(file);
});

test("close ends a listener's loop, and the loop alone", async () => {
  const listener = berkeley.createServer(["127.0.0.1", 0]);
  const clients = [1, 2, 3].map(() => berkeley.createConnection(listener.getsockname()));
  const connections: Socket[] = [];
  for await (const [connection] of listener) {
    connections.push(connection);
    if (connections.length === clients.length) setImmediate(() => listener.close());
  }
  for (const connection of connections) await connection.sendall("still here");
  for (const client of await Promise.all(clients)) {
    assert.equal(String(await client.recv(100)), "still here");
    client.close();
  }
  for (const connection of connections) connection.close();
});

test("a number that is used again at once belongs to the new socket alone", async () => {
  const [old, oldPeer] = socketpair();
  const number = old.fileno();
  const oldWait = assert.rejects(old.recv(1), { code: "EBADF" });
  await turns();
  old.close();
  const [fresh, freshPeer] = socketpair();
  assert.equal(fresh.fileno(), number);
  const freshWait = fresh.recv(10);
  await oldWait;
  await assert.rejects(oldPeer.send("x"), { code: "EPIPE" });
  await assert.rejects(old.recv(1), { code: "EBADF" }); // not the new socket's data
  old.close(); // does nothing
  await freshPeer.send("fresh");
  assert.equal(String(await freshWait), "fresh");
  for (const socket of [oldPeer, fresh, freshPeer]) socket.close();
});

/** The duplicate keeps the old socket's registration alive in the kernel, under the old number. */
test("events of an old socket that lives on elsewhere are not the new one's", async () => {
  const [old, oldPeer] = socketpair();
  const number = old.fileno();
  const oldWait = assert.rejects(old.recv(1), { code: "EBADF" });
  await turns();
  const copy = old.dup();
  old.close();
  await oldWait;
  const [fresh, freshPeer] = socketpair();
  assert.equal(fresh.fileno(), number);
  let heard = "";
  const freshWait = fresh.recv(10).then((data) => {
    heard = String(data);
  });
  await oldPeer.send("old");
  assert.equal(String(await copy.recv(10)), "old");
  await turns();
  assert.equal(heard, "");
  await freshPeer.send("fresh");
  await freshWait;
  assert.equal(heard, "fresh");
  for (const socket of [copy, oldPeer, fresh, freshPeer]) socket.close();
});

test("numbers that change hands all the time never mix their data", async () => {
  const LIVE = 20;
  interface Live {
    near: Socket;
    far: Socket;
    id: number;
    waiting: Promise<unknown>;
  }
  const begin = (id: number): Live => {
    const [near, far] = socketpair();
    const waiting = near.recv(100).then(String, (error) => error.code);
    return { near, far, id, waiting };
  };
  const live = Array.from({ length: LIVE }, (_, i) => begin(i));
  const numbers = new Set<number>();
  for (let id = LIVE; id < 3000; id++) {
    const slot = (id * 7) % LIVE;
    const { near, far, id: old, waiting } = live[slot] as Live;
    numbers.add(near.fileno());
    if (id % 3 === 0) await turns(1);
    if (id % 2 === 0) await far.send(`for ${old}`);
    else near.close();
    if (id % 5 === 0) await turns(1);
    assert.equal(await waiting, id % 2 === 0 ? `for ${old}` : "EBADF");
    near.close();
    far.close();
    live[slot] = begin(id);
  }
  assert.ok(numbers.size < 4 * LIVE, "the numbers were not used again");
  for (const { near, far, waiting } of live) {
    near.close();
    far.close();
    assert.equal(await waiting, "EBADF");
  }
});

test("what a call has in hand when its descriptor is given away is its result", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const reading = b.recv(10, MSG_WAITALL);
  await a.sendall("01234");
  await turns();
  const moved = socket(AF_UNIX, SOCK_STREAM, 0, { fileno: b.detach() });
  await a.sendall("56789");
  assert.equal(String(await reading), "01234");
  assert.equal(String(await moved.recv(10)), "56789");

  const [c, d] = socketpair(AF_UNIX, SOCK_DGRAM);
  const sending = c.sendmmsg(Array.from({ length: 1000 }, (_, i) => `${i}`));
  await turns();
  const left = socket(AF_UNIX, SOCK_DGRAM, 0, { fileno: c.detach() });
  let received = 0;
  for (; await d.recv(10, MSG_DONTWAIT).then(Boolean, () => false); received++);
  assert.equal(await sending, received);
  assert.ok(received > 0);
  for (const one of [a, moved, left, d]) one.close();
});

test("who cannot be told of room hears so each time, and does not wait for ever", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
  const reading = near.recv(1);
  await far.sendall("x");
  await reading; // it is watched for reading now
  const [other, peer] = await full(SOCK_STREAM);
  // Behind our back the number becomes that of a socket which nobody watches.
  closeSync(near.fileno());
  assert.equal(berkeley.dup(other.fileno()), near.fileno());
  for (let i = 0; i < 2; i++) {
    await assert.rejects(near.sendall("x"), { code: "ENOENT", syscall: "epoll_ctl" });
  }
  for (const one of [near, far, other, peer]) one.close();
});
