/** Streams, whatever the pieces: every byte arrives, once and in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_UNIX, createServer, type Family, type Socket, socket, socketpair } from "berkeley";
import fc from "fast-check";
import { numbered } from "./support/streams.js";

/** Both ends of a TCP connection. */
async function tcpPair(): Promise<[Socket<Family>, Socket<Family>]> {
  const listener = createServer(["127.0.0.1", 0]);
  const client = socket();
  const [[server]] = await Promise.all([listener.accept(), client.connect(listener.getsockname())]);
  listener.close();
  return [client, server];
}

const pairs = {
  tcp: tcpPair,
  unix: async (): Promise<[Socket<Family>, Socket<Family>]> => socketpair(AF_UNIX),
};

/** Reads to the end of the stream, in pieces of the sizes given, round and round. */
async function drain(from: Socket<Family>, sizes: readonly number[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let i = 0; ; i++) {
    const size = sizes[i % sizes.length] as number;
    if (i % 3 === 2) {
      const into = Buffer.alloc(size);
      const count = await from.recvInto(into);
      if (count === 0) return Buffer.concat(parts);
      parts.push(into.subarray(0, count));
    } else {
      const part = await from.recv(size);
      if (part.length === 0) return Buffer.concat(parts);
      parts.push(part);
    }
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 8 });

for (const [name, makePair] of Object.entries(pairs)) {
  test(`${name}: any split of sends and receives arrives in order`, async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.boolean(), async (sent, read, atOnce) => {
        const [a, b] = await makePair();
        const parts = sent.map((size, i) => numbered(size, i));
        const reading = drain(b, read);
        if (atOnce) await Promise.all(parts.map((part) => a.sendall(part)));
        else for (const part of parts) await a.sendall(part);
        a.close();
        assert.ok((await reading).equals(Buffer.concat(parts)));
        b.close();
      }),
      { numRuns: 25 },
    );
  });

  test(`${name}: concurrent sendall never mix their bytes`, async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (lengths, read) => {
        const [a, b] = await makePair();
        const parts = lengths.map((length, i) => Buffer.alloc(length, i + 1));
        const reading = drain(b, read);
        const sending = parts.map((part) => a.sendall(part));
        await Promise.all(sending);
        a.close();
        assert.ok((await reading).equals(Buffer.concat(parts)));
        b.close();
      }),
      { numRuns: 25 },
    );
  });

  test(`${name}: several receivers are served in the order they asked`, async () => {
    const [a, b] = await makePair();
    const waiting = [1, 2, 3, 4, 5].map((size) => b.recv(size));
    for (let i = 1; i <= 5; i++) await a.sendall(Buffer.alloc(i, i));
    const got = await Promise.all(waiting);
    const all = Buffer.concat(got);
    const order = [...all];
    assert.deepEqual(order, [...order].sort());
    a.close();
    b.close();
  });
}

test("an aborted or timed-out sendall says what it had sent, and that is what arrives", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 500_000, max: 5_000_000 }),
      fc.integer({ min: 0, max: 20 }),
      fc.boolean(),
      async (length, afterMs, byAbort) => {
        const [a, b] = socketpair(AF_UNIX);
        const controller = new AbortController();
        const bytes = numbered(length, 7);
        if (!byAbort) a.settimeout((afterMs + 1) / 1000);
        const sending = a.sendall(bytes, { signal: controller.signal });
        if (byAbort) setTimeout(() => controller.abort(), afterMs);
        // Nobody reads before it has failed: a socket's buffer is smaller than what is sent.
        const failed = await sending.then(
          () => assert.fail("a full buffer took everything"),
          (error: { bytesSent: number }) => error,
        );
        const { bytesSent } = failed;
        a.close();
        const arrived = await drain(b, [65_536]);
        assert.equal(arrived.length, bytesSent);
        assert.ok(arrived.equals(bytes.subarray(0, bytesSent)));
        b.close();
      },
    ),
    { numRuns: 20 },
  );
});
