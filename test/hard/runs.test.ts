/** Streams that have more than one read takes are read in runs, one after the other: that must make nobody
 * else wait, and lose no byte. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_UNIX,
  type Family,
  MSG_DONTWAIT,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socketpair,
} from "berkeley";
import { connected } from "../support/connected.js";
import { turns } from "../support/process.js";

const STREAMS = 5;
const READS = 10;
/** Reads of this size are worth a run. */
const SIZE = 16 * 1024;

/** Streams whose readers wait, and a function that makes all of them ready at once, with as much as READS
 *  reads take from each. */
function streams(): { readers: Socket<Family>[]; fill: () => Promise<void>; end: () => void } {
  const pairs = Array.from({ length: STREAMS }, () => socketpair(AF_UNIX, SOCK_STREAM));
  for (const [near] of pairs) near.setsockopt(SOL_SOCKET, SO_SNDBUF, SIZE * READS * 2);
  return {
    readers: pairs.map(([, far]) => far),
    async fill() {
      await turns(); // those that wait are registered
      await Promise.all(pairs.map(([near], i) => near.sendall(Buffer.alloc(SIZE * READS, i + 1))));
    },
    end() {
      for (const one of pairs.flat()) one.close();
    },
  };
}

for (const form of ["recv", "recv in a function", "recvInto"] as const) {
  test(`${form}: streams that have much are read in runs, to their ends`, async () => {
    const { readers, fill, end } = streams();
    const order: number[] = [];
    const reading = readers.map(async (reader, i) => {
      const into = Buffer.alloc(SIZE);
      const read = {
        recv: () => reader.recv(SIZE),
        // An async function's Promise takes longer.
        "recv in a function": async () => await reader.recv(SIZE),
        recvInto: async () => into.subarray(0, await reader.recvInto(into)),
      }[form];
      for (let count = 0; count < READS; count++) {
        assert.ok((await read()).equals(Buffer.alloc(SIZE, i + 1)));
        order.push(i);
      }
    });
    await fill();
    await Promise.all(reading);
    const changes = order.filter((one, at) => at > 0 && one !== order[at - 1]).length;
    // If they took turns each read would be of another stream.
    assert.ok(changes < STREAMS * 3, order.join(""));
    end();
  });
}

test("who does something else with what came holds up nobody", async () => {
  const { readers, fill, end } = streams();
  const release: (() => void)[] = [];
  const reading = readers.map(async (reader, i) => {
    for (let read = 0; read < READS; read++) {
      await reader.recv(SIZE);
      if (i % 2 === 0) await new Promise<void>((resolve) => release.push(resolve));
    }
  });
  await fill();
  await Promise.all(reading.filter((_, i) => i % 2 === 1));
  await turns();
  assert.equal(release.length, Math.ceil(STREAMS / 2));
  const released = Promise.all(reading);
  let isOver = false;
  released.then(() => {
    isOver = true;
  });
  for (; !isOver; await turns(1)) for (const go of release.splice(0)) go();
  end();
});

test("what is closed in the midst of others' runs gets what was read for it, and no more", async () => {
  const { readers, fill, end } = streams();
  const results = readers.map((reader) => reader.recv(SIZE));
  results[0]?.then(() => {
    for (const reader of readers) reader.close();
  });
  await fill();
  for (const [i, result] of results.entries()) {
    assert.ok((await result).equals(Buffer.alloc(SIZE, i + 1)));
  }
  for (const reader of readers) await assert.rejects(reader.recv(1), { code: "EBADF" });
  end();
});

test("several reads of one stream are told of in their order", async () => {
  const { readers, fill, end } = streams();
  const told: number[][] = readers.map(() => []);
  const reads = readers.flatMap((reader, i) =>
    Array.from({ length: READS }, (_, read) => reader.recv(SIZE).then(() => told[i]?.push(read))),
  );
  await fill();
  await Promise.all(reads);
  const inOrder = Array.from({ length: READS }, (_, read) => read);
  for (const one of told) assert.deepEqual(one, inOrder);
  end();
});

for (const [form, options] of [
  ["with a signal", { signal: new AbortController().signal }],
  ["that may not wait", MSG_DONTWAIT],
] as const) {
  test(`a read ${form} is told of behind the one before it, whose turn it is not yet`, async () => {
    const { readers, fill, end } = streams();
    const told: number[][] = readers.map(() => []);
    const later: Promise<unknown>[] = [];
    const first = readers.map(async (reader, i) => {
      await reader.recv(SIZE);
      told[i]?.push(1);
      if (later.length > 0) return;
      for (const [at, one] of readers.entries()) {
        later.push(one.recv(SIZE, options as number).then(() => told[at]?.push(2)));
      }
    });
    await fill();
    await Promise.all(first);
    await Promise.all(later);
    for (const one of told) assert.deepEqual(one, [1, 2]);
    end();
  });
}

test("an error of a task's goes where uncaught ones go, and the others go on", async () => {
  const { readers, fill, end } = streams();
  const caught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => caught.push(error));
  const got = readers.map(async (reader, i) => {
    const { length } = await reader.recv(SIZE);
    if (i === 0) {
      queueMicrotask(() => {
        throw new Error("a task's own");
      });
    }
    return length;
  });
  await fill();
  assert.deepEqual(await Promise.all(got), Array(STREAMS).fill(SIZE));
  await turns();
  process.removeAllListeners("uncaughtException");
  for (const listener of listeners) process.on("uncaughtException", listener);
  assert.equal(caught.length, 1);
  end();
});

test("a message on another socket is answered while streams without end are read", async () => {
  const flows = await Promise.all(Array.from({ length: 3 }, () => connected()));
  const [client, server] = await connected();
  let isOver = false;
  const block = Buffer.alloc(256 * 1024);
  const tasks = flows.flatMap(([near, far]) => [
    (async () => {
      while (!isOver) await near.sendall(block);
      near.close();
    })(),
    (async () => {
      while ((await far.recv(65_536)).length > 0);
    })(),
  ]);
  const echo = (async () => {
    for (let i = 0; i < 50; i++) await server.sendall(await server.recv(9));
  })();
  for (let i = 0; i < 50; i++) {
    await client.sendall(`${i}`);
    assert.equal(String(await client.recv(9)), `${i}`);
  }
  isOver = true;
  await Promise.all([...tasks, echo]);
  for (const one of [client, server, ...flows.flat()]) one.close();
});
