/** The poller reads for a recvInto straight into the caller's memory, which may change or go away meanwhile. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_INET,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
  socketpair,
} from "berkeley";
import fc from "fast-check";
import { collectAll, noCollector } from "../support/process.js";

const FILL = 0xee;
const known = () => new Promise(setImmediate); // the poller knows what it wants

test("messages that come in one tick arrive each in its own memory, and nothing beside them", async () => {
  const type = fc.constantFrom(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET);
  // Some wait in recv. Their reads share one scratch and the pools.
  const reads = fc.array(
    fc.record({
      length: fc.integer({ min: 1, max: 70_000 }),
      room: fc.nat(99),
      into: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(type, reads, async (kind, wanted) => {
      const all = wanted.map(({ length, room, into }, i) => {
        const [reader, writer] = socketpair(AF_UNIX, kind);
        const memory = Buffer.alloc(length + room + 8, FILL);
        const part = memory.subarray(8);
        const data = Buffer.alloc(length, i);
        const waits = into
          ? reader.recvInto(part, length).then((count) => part.subarray(0, count))
          : reader.recv(length);
        return { reader, writer, memory, data, waits, into };
      });
      await known();
      const sent = all.map(({ writer, data }) => writer.sendall(data));
      for (const { waits, data, memory, into } of all) {
        assert.ok((await waits).equals(data));
        const written = into ? data.length : 0;
        const rest = Buffer.concat([memory.subarray(0, 8), memory.subarray(8 + written)]);
        assert.ok(rest.every((byte) => byte === FILL));
      }
      await Promise.all(sent);
      for (const { reader, writer } of all) for (const end of [reader, writer]) end.close();
    }),
    { numRuns: 60 },
  );
});

test("memory that is transferred or made shorter while one waits alone takes nothing from the next", async () => {
  const [reader, writer] = socketpair();
  const gone = new Uint8Array(100);
  const shorter = Reflect.construct(ArrayBuffer, [100, { maxByteLength: 100 }]) as ArrayBuffer;
  const ways = [
    [gone, () => void structuredClone(gone.buffer, { transfer: [gone.buffer] })],
    [new Uint8Array(shorter), () => (shorter as unknown as { resize(n: number): void }).resize(50)],
  ] as const;
  for (const [memory, take] of ways) {
    const reading = reader.recvInto(memory);
    await known();
    take();
    await writer.sendall("kept");
    await assert.rejects(reading, { name: "TypeError", message: /has lost its memory/ });
    assert.equal(String(await reader.recv(9)), "kept");
  }
  reader.close();
  writer.close();
});

test("others that join and leave find the first one's memory in its place", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const memories = Array.from({ length: 3 }, () => Buffer.alloc(8, "."));
  const [first, second, third] = memories as [Buffer, Buffer, Buffer];
  const controller = new AbortController();
  const waits = [reader.recvInto(first, 3)];
  await known();
  const leaves = reader.recvInto(second, 0, 0, { signal: controller.signal });
  waits.push(reader.recvInto(third));
  const last = reader.recv(9);
  controller.abort();
  await assert.rejects(leaves, { name: "AbortError" });
  for (const text of ["one and more", "two", "three"]) await writer.sendall(text);
  assert.deepEqual(await Promise.all(waits), [3, 3]);
  assert.deepEqual(memories.map(String), ["one.....", "........", "two....."]);
  assert.equal(String(await last), "three");
  reader.close();
  writer.close();
});

test("one that waits alone keeps its memory where a second object takes the descriptor", async () => {
  const [reader, writer] = socketpair(AF_UNIX, SOCK_DGRAM);
  const memory = Buffer.alloc(3);
  const waits = reader.recvInto(memory);
  await known();
  const other = socket(AF_UNIX, SOCK_DGRAM, 0, { fileno: reader.fileno() });
  const beside = other.recv(3);
  for (const text of ["one", "two"]) await writer.send(text);
  assert.equal(await waits, 3);
  assert.deepEqual([String(await beside), String(memory)].sort(), ["one", "two"]);
  other.detach();
  reader.close();
  writer.close();
});

test("the end of the stream is 0, and closing is an error", async () => {
  const [reader, writer] = socketpair();
  const ended = reader.recvInto(Buffer.alloc(9));
  await known();
  writer.close();
  assert.equal(await ended, 0);
  reader.close();
  const idle = socket(AF_INET, SOCK_DGRAM);
  idle.bind(["127.0.0.1", 0]);
  const closed = idle.recvInto(Buffer.alloc(9));
  await known();
  idle.close();
  await assert.rejects(closed, { code: "EBADF" });
});

test("memory is let go with the call", { skip: noCollector }, async () => {
  const [reader, writer] = socketpair();
  const read = async () => {
    const memory = new Uint8Array(1000);
    const waits = reader.recvInto(memory);
    await known();
    await writer.sendall("x");
    await waits;
    return new WeakRef(memory);
  };
  const held = await read();
  await collectAll();
  assert.equal(held.deref(), undefined);
  reader.close();
  writer.close();
});
