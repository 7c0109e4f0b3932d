/** Reads when there is no memory for the next ones: none of them loses what it has read. */
import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { AF_UNIX, SO_SNDBUF, SOCK_SEQPACKET, SOL_SOCKET } from "berkeley";
import { faces } from "../support/faces.js";
import { beforeAllocations } from "../support/memory.js";

const NO_MEMORY = { name: "RangeError", message: "Array buffer allocation failed" };
/** More than fits a slice of the pool: such a read takes its memory along. */
const LENGTH = 50_000;

/** Runs `run` while there is no memory for reads. */
async function withoutMemory(run: () => Promise<void>): Promise<void> {
  const restore = beforeAllocations(() => {
    throw new RangeError(NO_MEMORY.message);
  });
  try {
    await run();
  } finally {
    restore();
  }
}

for (const [name, { socketpair }] of faces) {
  const makePair = () => {
    const [near, far] = socketpair(AF_UNIX, SOCK_SEQPACKET);
    near.setsockopt(SOL_SOCKET, SO_SNDBUF, 300_000);
    far.settimeout(5);
    return [near, far] as const;
  };
  const message = (value: number) => Buffer.alloc(LENGTH, value);

  test(`${name}: a read has its bytes, and the one that has no memory takes none`, async () => {
    const [near, far] = makePair();
    for (const value of [1, 2, 3]) await near.send(message(value));
    const recv = async () => await far.recv(65_536);
    assert.ok((await recv()).equals(message(1)));
    await withoutMemory(async () => {
      assert.ok((await recv()).equals(message(2)));
      await assert.rejects(recv(), NO_MEMORY);
      await assert.rejects(async () => await far.recvfrom(65_536), NO_MEMORY);
      await assert.rejects(async () => await far.recvmsg(65_536), NO_MEMORY);
    });
    assert.ok((await recv()).equals(message(3)));
    for (const one of [near, far]) one.close();
  });

  test(`${name}: a short read is not copied`, async () => {
    const [near, far] = makePair();
    for (const value of [1, 2]) {
      await near.send(message(value));
      if (value === 1) assert.ok((await far.recv(200_000)).equals(message(1)));
    }
    await near.send("end");
    await withoutMemory(async () => {
      assert.ok((await far.recv(200_000)).equals(message(2)));
    });
    assert.equal(String(await far.recv(200_000)), "end");
    for (const one of [near, far]) one.close();
  });
}

test("berkeley: the same of reads that the poller makes", async () => {
  const [, { socketpair }] = faces[0] as (typeof faces)[number];
  const pairs = Array.from({ length: 5 }, () => socketpair(AF_UNIX, SOCK_SEQPACKET));
  const recv = async () => {
    const waiting = pairs.map(([, far]) => far.recv(65_536));
    await turn();
    return waiting;
  };
  const send = async () => {
    for (const [i, [near]] of pairs.entries()) {
      near.setsockopt(SOL_SOCKET, SO_SNDBUF, 300_000);
      await near.send(Buffer.alloc(LENGTH, i));
      await turn(); // each in a tick of its own
    }
  };
  let waiting = await recv();
  await send();
  await Promise.all(waiting);
  for (let round = 0; round < 3; round++) {
    waiting = await recv();
    let lost: number[] = [];
    await withoutMemory(async () => {
      const ending = Promise.allSettled(waiting);
      await send();
      const ended = await ending;
      lost = ended.flatMap(({ status }, i) => (status === "rejected" ? [i] : []));
      for (const [i, one] of ended.entries()) {
        if (one.status === "rejected") assert.equal(one.reason.message, NO_MEMORY.message);
        else assert.ok(one.value.equals(Buffer.alloc(LENGTH, i)), `message ${i}`);
      }
    });
    for (const i of lost) {
      const [, far] = pairs[i] as (typeof pairs)[number];
      far.settimeout(5);
      assert.ok((await far.recv(65_536)).equals(Buffer.alloc(LENGTH, i)), `message ${i}, later`);
      far.settimeout(null);
    }
    assert.ok(lost.length > 0);
  }
  for (const one of pairs.flat()) one.close();
});
