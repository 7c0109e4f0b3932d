/** The poller reads for a recv that waits before it reports an event: nothing may be lost or mixed up by that. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  MSG_PEEK,
  SO_PASSCRED,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  sendFds,
  socket,
  socketpair,
} from "berkeley";
import fc from "fast-check";
import { without } from "../support/peers.js";

/** Pairs whose first ends wait in recv. */
function waiting(count: number, type: number, size: number) {
  return Array.from({ length: count }, () => {
    const [reader, writer] = socketpair(AF_UNIX, type);
    return { reader, writer, received: reader.recv(size) };
  });
}

function closeAll(pairs: { reader: Socket; writer: Socket }[]): void {
  for (const { reader, writer } of pairs) {
    reader.close();
    writer.close();
  }
}

test("what fills many pools in one tick arrives, and so does what comes behind it", async () => {
  const pairs = waiting(200, SOCK_STREAM, 65_536);
  await new Promise(setImmediate); // all of them are known to the poller
  const sent = pairs.map((_, i) => Buffer.alloc(4000 + i, i + 1));
  for (const [i, { writer }] of pairs.entries()) await writer.sendall(sent[i] as Buffer);
  const got = await Promise.all(pairs.map(({ received }) => received));
  for (const [i, data] of got.entries()) {
    assert.ok(data.equals(sent[i] as Buffer), `message ${i}`);
    await pairs[i]?.writer.sendall(`behind ${i}`);
    assert.equal((await pairs[i]?.reader.recv(99))?.toString(), `behind ${i}`);
  }
  assert.ok(
    got.every((data, i) => data.equals(sent[i] as Buffer)),
    "nothing was written over",
  );
  closeAll(pairs);
});

test("messages of all sizes that come in one tick arrive each where they belong", async () => {
  const type = fc.constantFrom(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET);
  // Small reads are copied to the pool, larger ones land in it while there is room, and the largest land in
  // the scratch, of which there is one.
  const length = fc.oneof(
    fc.nat(100),
    fc.integer({ min: 1000, max: 5000 }),
    fc.integer({ min: 32_700, max: 32_800 }),
    fc.nat(65_536),
  );
  const lengths = fc.array(length, { minLength: 1, maxLength: 40 });
  const room = fc.constantFrom(100, 3000, 40_000, 65_536);
  await fc.assert(
    fc.asyncProperty(type, lengths, room, async (kind, sizes, bufsize) => {
      const pairs = waiting(sizes.length, kind, bufsize);
      await new Promise(setImmediate); // all of them are known to the poller
      const sent = sizes.map((size, i) => Buffer.alloc(Math.max(size, 1), i + 1));
      const done = pairs.map(({ writer }, i) => writer.sendall(sent[i] as Buffer));
      const got = await Promise.all(pairs.map(({ received }) => received));
      // After all reads: none was overwritten.
      for (const [i, data] of got.entries()) {
        const { length } = sent[i] as Buffer;
        assert.equal(data.length, Math.min(length, bufsize), `message ${i} of ${length} bytes`);
        assert.ok(data.equals(Buffer.alloc(data.length, i + 1)), `message ${i} of ${length} bytes`);
      }
      await Promise.all(done);
      closeAll(pairs);
    }),
    { numRuns: 100 },
  );
});

test("a pool that is full in the middle of a tick goes on in the scratch", async () => {
  const pairs = waiting(200, SOCK_DGRAM, 65_536);
  await new Promise(setImmediate);
  for (const [i, { writer }] of pairs.entries()) void writer.send(Buffer.alloc(4096, i));
  const all = await Promise.all(pairs.map(({ received }) => received));
  for (const [i, got] of all.entries()) assert.ok(got.equals(Buffer.alloc(4096, i)));
  closeAll(pairs);
});

test("senders of more datagrams than have a place for their address are each told right", {
  skip: without.ipv6,
}, async () => {
  const readers = Array.from({ length: 150 }, (_, i) => {
    const family = [AF_INET, AF_INET6, AF_UNIX][i % 3] as number;
    const [reader, writer] = [socket(family, SOCK_DGRAM), socket(family, SOCK_DGRAM)];
    const host = family === AF_INET ? "127.0.0.1" : "::1";
    for (const [one, name] of [
      [reader, "r"],
      [writer, "w"],
    ] as const) {
      one.bind(family === AF_UNIX ? `\0${name}-${process.pid}-${i}` : [host, 0]);
    }
    return { reader, writer, received: reader.recvfrom(99) };
  });
  await new Promise(setImmediate);
  const sends = readers.map(({ reader, writer }, i) => writer.sendto(`${i}`, reader.getsockname()));
  for (const [i, { writer, received }] of readers.entries()) {
    assert.deepEqual(await received, [Buffer.from(`${i}`), writer.getsockname()]);
  }
  await Promise.all(sends);
  closeAll(readers);
});

test("those who wait behind the first are served in order from what is left", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const waits = Array.from({ length: 5 }, () => reader.recv(16));
  await new Promise(setImmediate);
  for (const text of ["a", "b", "c", "d", "e"]) void writer.send(text);
  assert.deepEqual((await Promise.all(waits)).map(String), ["a", "b", "c", "d", "e"]);
  closeAll([{ reader, writer }]);
});

test("one that waits alone stays the first where others join and leave it", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const first = reader.recv(3);
  await new Promise(setImmediate); // the poller knows what it wants
  const controller = new AbortController();
  const second = reader.recv(99, { signal: controller.signal });
  const third = reader.recv(99);
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
  for (const text of ["one and more", "two", "three"]) await writer.sendall(text);
  assert.equal((await first).toString(), "one"); // as much as it asked for
  assert.equal((await third).toString(), "two");
  assert.equal((await reader.recv(99)).toString(), "three");
  closeAll([{ reader, writer }]);
});

test("a peek that waits first leaves the bytes to the one behind it", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_STREAM);
  const waits = [reader.recv(16, MSG_PEEK), reader.recv(16)];
  await new Promise(setImmediate);
  await writer.sendall("once");
  assert.deepEqual((await Promise.all(waits)).map(String), ["once", "once"]);
  closeAll([{ reader, writer }]);
});

test("a peek among those who wait for a message each takes none", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const waits = [reader.recv(16), reader.recv(16, MSG_PEEK), reader.recv(16)];
  await new Promise(setImmediate);
  for (const text of ["a", "b"]) void writer.send(text);
  assert.deepEqual((await Promise.all(waits)).map(String), ["a", "b", "b"]);
  closeAll([{ reader, writer }]);
});

test("where one of those who wait for a message each gives up, none is read for it", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const controller = new AbortController();
  const [first, second] = [reader.recv(16), reader.recv(16, { signal: controller.signal })];
  const third = reader.recv(16);
  await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
  for (const text of ["a", "b", "c"]) void writer.send(text);
  assert.deepEqual((await Promise.all([first, third])).map(String), ["a", "b"]);
  assert.equal(String(await reader.recv(16)), "c");
  closeAll([{ reader, writer }]);
});

test("where the first who waits gives up, the next gets as much as it asked for", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_STREAM);
  const controller = new AbortController();
  const [first, second] = [reader.recv(99, { signal: controller.signal }), reader.recv(3)];
  await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(first, { name: "AbortError" });
  await writer.sendall("onetwo");
  assert.deepEqual([await second, await reader.recv(99)].map(String), ["one", "two"]);
  closeAll([{ reader, writer }]);
});

test("of two objects on one descriptor each gets a message", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_DGRAM);
  const other = socket(AF_UNIX, SOCK_DGRAM, 0, { fileno: reader.fileno() });
  const waits = [reader.recv(16), other.recv(16)];
  await new Promise(setImmediate);
  await writer.send("one");
  await writer.send("two");
  assert.deepEqual((await Promise.all(waits)).map(String).sort(), ["one", "two"]);
  other.detach();
  closeAll([{ reader, writer }]);
});

test("a recv that is aborted in the tick that has its bytes leaves them to the next", async () => {
  for (let round = 0; round < 50; round++) {
    const [reader, writer] = socketpair(AF_UNIX, SOCK_STREAM);
    const abort = new AbortController();
    const first = reader.recv(16, { signal: abort.signal }).then(String, () => null);
    await new Promise(setImmediate);
    const sent = writer.sendall("x");
    if (round % 2 === 0) abort.abort();
    else void Promise.resolve().then(() => abort.abort());
    await sent;
    // Either the first one got it, or the second.
    const got = (await first) ?? String(await reader.recv(16));
    assert.equal(got, "x");
    closeAll([{ reader, writer }]);
  }
});

test("the end of the stream and a reset are told to the one who waits", async () => {
  const pairs = waiting(10, SOCK_STREAM, 16);
  await new Promise(setImmediate);
  for (const { writer } of pairs) writer.close();
  for (const { received } of pairs) assert.equal((await received).length, 0);
  closeAll(pairs);
});

test("a slot that is somebody else's now is not read for", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_DGRAM);
  const gone = reader.recv(16);
  await new Promise(setImmediate);
  await writer.send("lost with its socket");
  reader.close();
  const [next, peer] = socketpair(AF_UNIX, SOCK_DGRAM); // takes the number, and the slot
  const received = next.recv(16);
  await assert.rejects(gone, { code: "EBADF" });
  await peer.send("mine");
  assert.equal(String(await received), "mine");
  closeAll([
    { reader: next, writer: peer },
    { reader, writer },
  ]);
});

test("a Unix stream that stops at descriptors or credentials is read on", async () => {
  for (const option of [null, SO_PASSCRED]) {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    if (option !== null) b.setsockopt(SOL_SOCKET, option, 1);
    let text = "";
    const first = b.recv(100);
    await a.sendall("a"); // is read by the poller, or on the spot
    await sendFds(a, ["b"], [0]);
    await a.sendall("c");
    text += String(await first);
    while (text.length < 3) text += String(await b.recv(100));
    for (let round = 0; round < 3; round++) {
      await sendFds(a, ["d"], [0]);
      await a.sendall("e");
      while (!text.endsWith("e".repeat(round + 1).replaceAll("e", "de"))) {
        text += String(await b.recv(100));
      }
    }
    assert.equal(text, "abcdedede");
    const last = b.recv(100);
    await a.sendall("f");
    a.close();
    assert.equal(String(await last), "f");
    assert.equal((await b.recv(100)).length, 0);
    b.close();
  }
});
