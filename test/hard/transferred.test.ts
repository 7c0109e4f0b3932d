/** Memory that a program gives away while the library still knows of it. */
import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import {
  AF_INET,
  AF_UNIX,
  MSG_CTRUNC,
  SO_PASSCRED,
  SOCK_DGRAM,
  SOL_SOCKET,
  socket,
  socketpair,
} from "berkeley";
import { connected, fullListener } from "../support/connected.js";
import { root } from "../support/machine.js";
import { transfer } from "../support/memory.js";
import { collect, noCollector, turns } from "../support/process.js";
import { readAll } from "../support/streams.js";

/** Transfers the memory that `data` is a slice of, if the runtime lets it, and has it freed. */
async function giveAway(data: Buffer): Promise<void> {
  transfer(data.buffer as ArrayBuffer);
  for (let round = 0; round < 3; round++) {
    collect?.();
    await turns(1);
  }
}

test("the memory of a small read that is transferred is not written to any more", {
  skip: noCollector,
}, async () => {
  const [client, connection] = await connected();
  await client.sendall("one");
  await giveAway(await connection.recv(100));
  await client.sendall("two"); // is there when recv is called
  assert.equal(String(await connection.recv(100)), "two");

  await client.sendall("three");
  await giveAway(await connection.recv(100));
  const waiting = connection.recv(100); // is read by the poller
  await turns(1);
  await client.sendall("four");
  assert.equal(String(await waiting), "four");

  await client.sendall("five");
  await giveAway(await connection.recv(100));
  await client.sendall("six");
  const [data] = await connection.recvmsg(100);
  assert.equal(String(data), "six");
  client.close();
  connection.close();
});

test("the memory of a batch that is transferred is not written to any more", {
  skip: noCollector,
}, async () => {
  const receiver = socket(AF_INET, SOCK_DGRAM);
  receiver.bind(["127.0.0.1", 0]);
  const sender = socket(AF_INET, SOCK_DGRAM);
  await sender.connect(receiver.getsockname());
  for (const bufsize of [100, 0, 100]) {
    await sender.send("x");
    const [datagram] = await receiver.recvmmsg(1, bufsize);
    assert.ok(datagram);
    assert.equal(String(datagram.data), "x".slice(0, bufsize));
    await giveAway(datagram.data);
  }
  sender.close();
  receiver.close();
});

test("who sends what was read to another thread sends nothing of what others read", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  for (const read of [
    async () => [await b.recv(9), await b.recv(9)],
    async () => (await b.recvmmsg(2, 9)).map(({ data }) => data),
  ]) {
    for (const text of ["one", "two"]) await a.send(text);
    const [{ buffer }, other] = (await read()) as [Buffer<ArrayBuffer>, Buffer];
    try {
      structuredClone(buffer, { transfer: [buffer] }); // a copy, or
    } catch (error) {
      assert.equal((error as Error).name, "DataCloneError");
    }
    assert.equal(String(other), "two");
  }
  for (const one of [a, b]) one.close();
});

/** A Unix socket whose connect waits for room in a listener's queue, to a path in memory of the program's. */
async function waitingConnect() {
  const [listener, first] = await fullListener();
  const client = socket(AF_UNIX);
  const path = new Uint8Array(Buffer.from(listener.getsockname()));
  const waiting = client.connect(path);
  await turns();
  return { listener, first, client, path, waiting };
}

test("an address whose memory is transferred, or written to, is still what errors name", async () => {
  for (const spoil of [
    (path: Uint8Array) => void transfer(path.buffer as ArrayBuffer),
    (path: Uint8Array) => void path.fill(1),
  ]) {
    const { listener, first, client, path, waiting } = await waitingConnect();
    const address = listener.getsockname();
    spoil(path);
    const number = client.fileno();
    client.close();
    await assert.rejects(waiting, { code: "EBADF", address });
    assert.throws(() => fstatSync(number), { code: "EBADF" });
    listener.close();
    first.close();
  }
});

test("an address that has gone spoils no sends of others", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
  const other = socket(AF_UNIX, SOCK_DGRAM);
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 5 }, (_, i) => near.send(`${i}`)));
    for (let i = 0; i < 5; i++) await far.recv(9);
  }
  const path = new Uint8Array(Buffer.from("\0nobody-is-here"));
  const sends = Array.from({ length: 6 }, (_, i) =>
    i === 3 ? other.sendto("x", path) : near.send(`${i}`),
  );
  transfer(path.buffer as ArrayBuffer);
  const results = await Promise.allSettled(sends);
  assert.deepEqual(
    results.map((one) => (one.status === "fulfilled" ? one.value : one.reason.code)),
    [1, 1, 1, "ECONNREFUSED", 1, 1],
  );
  for (const one of [near, far, other]) one.close();
});

test("a message of no bytes is sent all the same where its memory is gone, put off or waiting for room", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  const empty = () => {
    const memory = new ArrayBuffer(0);
    const bytes = new Uint8Array(memory);
    transfer(memory);
    return bytes;
  };
  const send = (_: unknown, i: number) => (i % 2 === 0 ? a.send(empty()) : a.sendmsg([empty()]));
  for (let round = 0; round < 10; round++) {
    assert.deepEqual(await Promise.all(Array.from({ length: 9 }, send)), Array(9).fill(0));
    for (let i = 0; i < 9; i++) assert.equal((await b.recv(10)).length, 0);
  }
  const full = Array.from({ length: 1000 }, () => "full");
  a.settimeout(0);
  const filled = await a.sendmmsg(full);
  a.settimeout(null);
  const waiting = [a.send(empty()), a.send("behind")];
  for (let i = 0; i < filled; i++) await b.recv(10);
  assert.deepEqual(await Promise.all(waiting), [0, 6]);
  assert.equal((await b.recv(10)).length, 0);
  assert.equal(String(await b.recv(10)), "behind");
  a.close();
  b.close();
});

test("a message of a batch that is lost where the stream has a part of it says how much that is", async () => {
  const [a, b] = socketpair();
  const lost = new Uint8Array(4 << 20);
  const sent = a.sendmmsg(["whole", lost]);
  await turns();
  transfer(lost.buffer as ArrayBuffer);
  const all = readAll(b);
  const error = await sent.catch((reason) => reason);
  assert.equal(error.name, "TypeError");
  a.close();
  assert.equal(error.bytesSent, (await all).length);
  b.close();
});

test("the native module looks at memory behind the getters of an array", async () => {
  const native = createRequire(import.meta.url)(join(root, "native/addon.cjs"));
  const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
  far.setsockopt(SOL_SOCKET, SO_PASSCRED, 1);
  await near.send("x");
  const giving = (memory: Uint8Array): Uint8Array[] =>
    Object.defineProperty([new Uint8Array(1)], 0, {
      get() {
        transfer(memory.buffer as ArrayBuffer);
        return new Uint8Array(1);
      },
    });
  const values = new Int32Array(native.shared, 16, 2); // the message's flags, the length of its control messages
  const control = new Uint8Array(64);
  assert.equal(native.recvmsgInto(far.fileno(), giving(control), 0, control, 64), 1);
  assert.deepEqual([(values[0] as number) & MSG_CTRUNC, values[1]], [MSG_CTRUNC, 0]);
  const beside = new Uint8Array(64); // no control message, which is EINVAL
  assert.equal(native.sendmsg(near.fileno(), giving(beside), 0, beside, null), 1);
  const address = Uint8Array.from([AF_UNIX, 0, 0, 1]); // of nobody, which is ECONNREFUSED
  assert.equal(native.sendmsg(near.fileno(), giving(address), 0, null, address), 1);
  near.close();
  far.close();
});

test("the native module keeps to the memory that it is given", async () => {
  const native = createRequire(import.meta.url)(join(root, "native/addon.cjs"));
  const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
  far.settimeout(5);
  const receive = (memory: Uint8Array, offset: number, size: number, count: number, room = 0) =>
    native.recvmmsg(far.fileno(), memory, offset, size, count, 0, new Uint8Array(16), room);
  const EINVAL = -22;
  for (let i = 0; i < 5; i++) await near.send("12345678");
  const memory = Buffer.alloc(32);
  const part = memory.subarray(0, 24);
  for (const [offset, size, count] of [
    [25, 0, 1],
    [0, 2 ** 31, 1],
    [17, 8, 1],
    [0, 8, 0],
  ]) {
    assert.equal(receive(part, offset as number, size as number, count as number), EINVAL);
  }
  assert.equal(receive(part, 8, 8, 64), 2);
  assert.equal(String(memory), `${"\0".repeat(8)}1234567812345678${"\0".repeat(8)}`);
  assert.equal(receive(memory, 0, 8, 4, 16), 1); // room for the control messages of one
  assert.equal(receive(new Uint8Array(65 * 8), 0, 8, 65), 2);

  const { DATAGRAMS_OFFSET } = createRequire(import.meta.url)(join(root, "dist-cjs/native.js"));
  const row = new Int32Array(native.shared, DATAGRAMS_OFFSET, 5); // the lengths of what is sent first, its address, control messages
  const send = (count: number, start: number, ...lengths: number[]) => {
    row.set(lengths);
    return native.sendmmsg(near.fileno(), [Uint8Array.of(7)], start, count, 0, null);
  };
  for (const [count, start, ...lengths] of [
    [0, 0, 0, 0, 0, 0, 0],
    [65, 0, 0, 0, 0, 0, 0],
    [1, 2 ** 32 - 1, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 129, 0],
    [1, 0, 0, 0, 0, 0, 1],
    [1, 0, 0, 0, 0, 0, -2],
  ]) {
    assert.equal(send(count as number, start as number, ...lengths), EINVAL);
  }
  const as = -1; // the row before, which the first has not
  assert.equal(send(1, 0, as, 0, 0, as, as), 1);
  assert.deepEqual(await far.recv(10), Buffer.of(7));
  near.close();
  far.close();
});
