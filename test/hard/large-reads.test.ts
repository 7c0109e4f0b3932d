/** Reads that ask for more than the poller's scratch holds, on a stream that mostly has little. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  createConnection,
  createServer,
  type Family,
  getOption,
  MSG_DONTWAIT,
  MSG_OOB,
  SO_RCVBUF,
  SOL_SOCKET,
  type Socket,
  setOption,
  socketpair,
} from "berkeley";
import * as sync from "berkeley/sync";
import { beforeAllocations } from "../support/memory.js";
import { turns } from "../support/process.js";

const SIZE = 1 << 20;
/** Another size, for which the memory of a read of SIZE is not used again. */
const ANOTHER = SIZE - 8;
const SCRATCH = 65_536;
/** After this many little reads the poller makes the large ones, too. */
const LITTLE = Array.from({ length: 8 }, () => 10);
/** After this many it makes room for little more. */
const LITTLE_READS = 100;

/** A connection: the end that connected, and the one that was accepted, whose buffer holds all that is sent
 *  here. */
async function connectedTo(t: TestContext): Promise<[Socket<Family>, Socket<Family>]> {
  using listener = createServer(["127.0.0.1", 0]);
  listener.setsockopt(SOL_SOCKET, SO_RCVBUF, SIZE);
  const client = await createConnection(listener.getsockname());
  const [server] = await listener.accept();
  t.after(() => client.close());
  t.after(() => server.close());
  return [client, server];
}

/** The same end in the blocking face, whose sends are made at once. */
function blocking(t: TestContext, client: Socket<Family>): sync.Socket {
  const sender = new sync.Socket(client.family, client.type, 0, { fileno: client.detach() });
  t.after(() => sender.close());
  return sender;
}

/** How many bytes have come. */
const received = (sock: Socket<Family>): number =>
  Number(getOption(sock, "TCP_INFO").bytesReceived);

async function readLittle(server: Socket<Family>, sender: Socket<Family> | sync.Socket) {
  for (const little of LITTLE) {
    const first = server.recv(SIZE);
    await sender.sendall(Buffer.alloc(little));
    assert.equal((await first).length, little);
  }
}

test("a large read that waited gets all that is there, also behind small ones", async (t) => {
  const [client, server] = await connectedTo(t);
  const sender = blocking(t, client);
  let sent = 0;
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
  const large = [SCRATCH - 1, SCRATCH, SCRATCH + 1, 150_000, 200_000];
  for (const length of large.flatMap((one) => [...LITTLE, one])) {
    const reading = server.recv(SIZE);
    sender.sendall(bytes.subarray(0, length));
    sent += length;
    while (received(server) < sent); // all of it is there before the loop goes on
    const got = await reading;
    assert.equal(got.length, length);
    assert.ok(got.equals(bytes.subarray(0, length)));
  }
});

/** A connection whose large reads the poller makes, and one of them that has come: of `length` bytes that were there, with what
 *  `behind` does. */
async function inTwoParts(
  t: TestContext,
  length: number,
  size: number,
  behind?: (s: sync.Socket) => void,
) {
  const [client, server] = await connectedTo(t);
  const sender = blocking(t, client);
  await readLittle(server, sender);
  const before = received(server);
  const reading = server.recv(size);
  sender.sendall(Buffer.alloc(length));
  while (received(server) < before + length);
  behind?.(sender);
  return { server, sender, got: (await reading).length };
}

test("a large read that is filled leaves what is behind it to the next, which need not wait", async (t) => {
  const size = 100_000;
  const [idle, other] = socketpair();
  // Two wait, so that the poller asks who is ready, and is not told once more.
  const { server, got } = await inTwoParts(t, size + 9, size, () => {
    idle.recv(1).catch(() => {});
  });
  assert.equal(got, size);
  const next = await Promise.race([server.recv(size), turns()]);
  assert.equal(next?.length, 9);
  for (const one of [idle, other]) one.close();
});

test("a large read whose second part finds nothing says nothing of the next one", async (t) => {
  const { server, sender, got } = await inTwoParts(t, SCRATCH, SIZE);
  assert.equal(got, SCRATCH);
  const before = received(server);
  sender.sendall("next");
  while (received(server) === before);
  assert.equal(String(await server.recv(9, MSG_DONTWAIT)), "next");
});

test("a large read whose second part meets a reset leaves it to the next one", async (t) => {
  const { server, got } = await inTwoParts(t, SCRATCH, SIZE, (sender) => {
    sync.setOption(sender, "SO_LINGER", { onoff: true, seconds: 0 });
    sender.close();
  });
  assert.equal(got, SCRATCH);
  await assert.rejects(server.recv(SIZE), { code: "ECONNRESET" });
});

test("a large read gives what came before the end of the stream, and then the end", async (t) => {
  for (const length of [SCRATCH, SCRATCH + 1]) {
    const [client, server] = await connectedTo(t);
    await readLittle(server, client);
    const parts = [server.recv(SIZE)];
    await client.sendall(Buffer.alloc(length, "a"));
    client.close();
    let read = 0;
    for (;;) {
      const part = await (parts.pop() ?? server.recv(SIZE));
      if (part.length === 0) break;
      assert.ok(part.equals(Buffer.alloc(part.length, "a")));
      read += part.length;
    }
    assert.equal(read, length);
  }
});

test("a large read has nothing left out that another object of the stream has read", async (t) => {
  const bytes = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => i).buffer);
  for (const isLate of [false, true]) {
    const [client, server] = await connectedTo(t);
    const dups = () => Array.from({ length: 4 }, () => server.dup());
    const objects = isLate ? [server] : [server, ...dups()];
    for (let i = 0; i < LITTLE_READS; i++) {
      const little = (objects[i % objects.length] as Socket).recv(SIZE);
      await client.sendall("little");
      await little;
    }
    const reads = objects.map((object) => object.recv(SIZE));
    if (isLate) objects.push(...dups());
    reads.push(...objects.slice(reads.length).map((object) => object.recv(SCRATCH)));
    await setImmediate();
    const sender = blocking(t, client);
    sender.sendall(bytes);
    const all = LITTLE_READS * "little".length + bytes.length;
    while (received(server) < all); // before the loop goes on
    const first = await Promise.race(reads);
    assert.ok(bytes.includes(first));
    await setImmediate();
    sender.close(); // who has got nothing by now hears of the end
    for (const got of await Promise.all(reads)) assert.ok(bytes.includes(got));
    for (const object of objects) object.close();
  }
});

test("a large read gives what it has where there is no memory for the rest", async (t) => {
  const [client, server] = await connectedTo(t);
  await readLittle(server, client);
  // By name: that gives nobody the number, which would have the read made in one part.
  setOption(server, "TCP_NODELAY", getOption(server, "TCP_NODELAY"));
  const reading = server.recv(ANOTHER);
  const restore = beforeAllocations((size) => {
    if (size === ANOTHER) throw new RangeError("Array buffer allocation failed");
  });
  t.after(restore);
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
  await client.sendall(bytes);
  let got = await reading;
  restore();
  assert.ok(got.length <= SCRATCH);
  while (got.length < bytes.length) got = Buffer.concat([got, await server.recv(SIZE)]);
  assert.ok(got.equals(bytes));
});

test("a large read stops before urgent data that comes behind its first part", async (t) => {
  const [client, server] = await connectedTo(t);
  const sender = blocking(t, client);
  await readLittle(server, sender);
  const reading = server.recv(ANOTHER);
  // The memory for the rest is taken between the two parts.
  const restore = beforeAllocations((size) => {
    if (size !== ANOTHER) return;
    restore();
    sender.send("!", MSG_OOB);
    sender.sendall("behind");
  });
  t.after(restore);
  sender.sendall(Buffer.alloc(SCRATCH));
  assert.equal((await reading).length, SCRATCH);
  assert.equal(String(await server.recv(1, MSG_OOB)), "!");
  assert.equal(String(await server.recv(SIZE)), "behind");
});

test("large reads among small ones take no memory anew that nobody gets", async (t) => {
  const [client, server] = await connectedTo(t);
  const taken: number[] = [];
  t.after(beforeAllocations((size) => taken.push(size)));
  for (let i = 0; i < 20; i++) {
    for (const length of [...LITTLE, SCRATCH + 10_000]) {
      const first = server.recv(SIZE);
      await client.sendall(Buffer.alloc(length));
      let read = (await first).length;
      while (read < length) read += (await server.recv(SIZE)).length;
    }
  }
  const large = taken.filter((size) => size === SIZE).length;
  assert.ok(large <= 2, `${large} times ${SIZE} bytes`);
});

test("small reads and large ones in turns are made in one part each", async (t) => {
  const [client, server] = await connectedTo(t);
  let isTaken = false;
  const look = (size: number) => {
    isTaken ||= size === SCRATCH;
  };
  t.after(beforeAllocations(look));
  const size = 100_000; // what fills more than half of it is not copied
  for (let i = 0; i < 20; i++) {
    for (const length of [10, SCRATCH]) {
      // Made by the poller a large one would take the scratch along.
      const first = server.recv(size);
      await client.sendall(Buffer.alloc(length));
      let read = (await first).length;
      while (read < length) read += (await server.recv(size)).length;
    }
  }
  assert.ok(!isTaken);
});
