/** Reads of more than the scratch holds land in memory that the next one uses again, unless a caller has got
 *  it. */
import assert from "node:assert/strict";
import test from "node:test";
import { AF_UNIX, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET, socketpair } from "berkeley";
import * as sync from "berkeley/sync";
import fc from "fast-check";

const sizes = fc.constantFrom(65_536, 65_537, 100_000, 150_000);
const calls = fc.constantFrom("recv" as const, "recvfrom" as const, "recvmsg" as const);
const reads = fc.array(fc.tuple(calls, sizes, fc.integer({ min: 1, max: 100_000 })), {
  minLength: 2,
  maxLength: 20,
});

/** Each has got what was sent, cut to what was asked for. */
function assertRead(got: Buffer[], all: [call: string, size: number, length: number][]): void {
  for (const [i, [, size, length]] of all.entries()) {
    assert.ok(got[i]?.equals(Buffer.alloc(Math.min(length, size), i + 1)), `read ${i}`);
  }
}

test("what was read stays as it was, whatever is read behind it", async () => {
  await fc.assert(
    fc.asyncProperty(reads, async (all) => {
      const pairs = all.map(() => socketpair(AF_UNIX, SOCK_DGRAM));
      // Half of these wait, some with memory of their own and some without.
      const waiting = pairs.map(([, far], i) => {
        const [call, size] = all[i] as (typeof all)[number];
        return i % 2 === 0 ? far[call](size) : null;
      });
      const got: Buffer[] = [];
      for (const [i, [near, far]] of pairs.entries()) {
        const [call, size, length] = all[i] as (typeof all)[number];
        near.setsockopt(SOL_SOCKET, SO_SNDBUF, 300_000);
        await near.send(Buffer.alloc(length, i + 1));
        const result = await (waiting[i] ?? far[call](size));
        got.push(Array.isArray(result) ? result[0] : result);
      }
      assertRead(got, all);
      for (const one of pairs.flat()) one.close();
    }),
    { numRuns: 40 },
  );
});

test("the same of blocking calls", () => {
  fc.assert(
    fc.property(reads, (all) => {
      const [near, far] = sync.socketpair(AF_UNIX, SOCK_DGRAM);
      near.setsockopt(SOL_SOCKET, SO_SNDBUF, 300_000);
      const got = all.map(([call, size, length], i) => {
        near.send(Buffer.alloc(length, i + 1));
        const result = far[call](size);
        return Array.isArray(result) ? result[0] : result;
      });
      assertRead(got, all);
      near.close();
      far.close();
    }),
    { numRuns: 40 },
  );
});

test("memory that a caller has got and transferred is not read into", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
  near.setsockopt(SOL_SOCKET, SO_SNDBUF, 300_000);
  await near.send(Buffer.alloc(90_000, 1));
  const first = await far.recv(100_000);
  const moved = structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
  await near.send(Buffer.alloc(95_000, 2));
  const second = await far.recv(100_000);
  assert.ok(second.equals(Buffer.alloc(95_000, 2)));
  assert.ok(Buffer.from(moved, 0, 90_000).equals(Buffer.alloc(90_000, 1)));
  near.close();
  far.close();
});
