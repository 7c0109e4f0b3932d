/** Many calls at once on one socket that keeps messages: those that wait are served many at a time. A program
 * must notice nothing of that but the time that it takes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import test from "node:test";
import { Worker } from "node:worker_threads";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Family,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from "berkeley";
import fc from "fast-check";
import { udpPair } from "../support/connected.js";
import { Directory } from "../support/machine.js";
import { without } from "../support/peers.js";
import { turns } from "../support/process.js";
import { areRefused } from "../support/refused.js";

type Pair = [Socket<Family>, Socket<Family>];

const pairs = {
  udp: async (): Promise<Pair> => (await udpPair()) as Pair,
  "unix dgram": async (): Promise<Pair> => socketpair(AF_UNIX, SOCK_DGRAM),
  seqpacket: async (): Promise<Pair> => socketpair(AF_UNIX, SOCK_SEQPACKET),
};

/** How a task reads: by which call, how much, and whether it gives up in the loop's next turn. */
interface Reader {
  call: "recv" | "recvfrom" | "recvInto";
  size: number;
  gives: boolean;
}

const SIZES = [1, 64, 65_536];

const reader: fc.Arbitrary<Reader> = fc.record({
  call: fc.constantFrom("recv", "recvfrom", "recvInto"),
  size: fc.constantFrom(...SIZES),
  gives: fc.boolean(),
});

/** Mostly many readers of one kind, which are served together. */
const readers = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(reader, fc.integer({ min: 1, max: 70 })) },
  { weight: 1, arbitrary: fc.array(reader, { minLength: 1, maxLength: 20 }) },
);

const message = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 5000, 20_000, 60_000) },
);

async function read(from: Socket<Family>, { call, size, gives }: Reader): Promise<Buffer> {
  const abort = new AbortController();
  if (gives) setImmediate(() => abort.abort());
  const options = gives ? { signal: abort.signal } : {};
  if (call === "recvfrom") return (await from.recvfrom(size, options))[0];
  if (call === "recv") return from.recv(size, options);
  const into = Buffer.alloc(size);
  return into.subarray(0, await from.recvInto(into, options));
}

/** The results of all tasks' calls together, in the order in which the calls were made. */
async function readAll(
  from: Socket<Family>,
  tasks: readonly Reader[],
): Promise<[number, Buffer][]> {
  const results: ([number, Buffer] | null)[] = [];
  let isOver = false;
  const run = async (task: Reader): Promise<void> => {
    while (!isOver) {
      const at = results.push(null) - 1;
      try {
        const data = await read(from, task);
        if (data.toString() === "e") isOver = true;
        results[at] = [task.size, Buffer.from(data)];
      } catch (error) {
        if (!isOver) assert.equal((error as Error).name, "AbortError");
      }
      if (isOver) from.close();
    }
  };
  await Promise.all(tasks.map(run));
  return results.filter((result) => result !== null);
}

for (const [name, makePair] of Object.entries(pairs)) {
  test(`${name}: each message goes to the one who waits first, whole and once`, async () => {
    await fc.assert(
      fc.asyncProperty(
        readers,
        fc.array(message, { maxLength: 150 }),
        fc.boolean(),
        async (kinds, lengths, isSpread) => {
          const [near, far] = await makePair();
          const tasks = typeof kinds[1] === "number" ? repeat(kinds as [Reader, number]) : kinds;
          const messages = lengths.map((length, i) => Buffer.alloc(length, (i % 100) + 128));
          messages.push(Buffer.from("e")); // the end
          const reading = readAll(far, tasks as readonly Reader[]);
          for (let i = 0; i < messages.length; i += 50) {
            await Promise.all(messages.slice(i, i + 50).map((one) => near.send(one)));
            if (isSpread || name === "udp") await turns(); // of more UDP drops some
          }
          const got = await reading;
          const expected = messages.map((one, i) => one.subarray(0, got[i]?.[0] ?? 0));
          assert.deepEqual(
            got.map(([, data]) => data.toString("latin1")),
            expected.map((one) => one.toString("latin1")),
          );
          near.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test(`${name}: closing ends those that no message is left for`, async () => {
    const [near, far] = await makePair();
    const waiting = Array.from({ length: 8 }, () => far.recv(10));
    await turns();
    await Promise.all(["a", "b", "c"].map((text) => near.send(text)));
    const three = await Promise.all(waiting.slice(0, 3));
    assert.equal(three.join(""), "abc");
    far.close();
    for (const result of await Promise.allSettled(waiting.slice(3))) {
      assert.equal(result.status === "rejected" && result.reason.code, "EBADF");
    }
    near.close();
  });
}

function repeat([task, count]: [Reader, number]): Reader[] {
  return Array.from({ length: count }, () => task);
}

const TASKS = 20;
const CLIENTS = 30;
const ROUNDS = 20;

/** A server of many tasks on one socket: each client gets its own words back, from the server's address. */
async function converse<F extends Family>(server: Socket<F>, clients: Socket<F>[]): Promise<void> {
  let answers = 0;
  const answer = async (): Promise<void> => {
    while (answers < CLIENTS * ROUNDS) {
      const [data, from] = await server.recvfrom(100).catch(() => [null, null] as const);
      if (data === null || from === null) return;
      await server.sendto(`${data}!`, from);
      if (++answers === CLIENTS * ROUNDS) server.close();
    }
  };
  const tasks = Array.from({ length: TASKS }, answer);
  await Promise.all(
    clients.map(async (client, i) => {
      for (let round = 0; round < ROUNDS; round++) {
        await client.send(`client ${i}, round ${round}`);
        assert.equal(String(await client.recv(100)), `client ${i}, round ${round}!`);
      }
      client.close();
    }),
  );
  await Promise.all(tasks);
}

test("udp: tasks on one socket answer each client", async () => {
  const server = socket(AF_INET, SOCK_DGRAM);
  server.bind(["127.0.0.1", 0]);
  const clients = Array.from({ length: CLIENTS }, () => socket(AF_INET, SOCK_DGRAM));
  for (const client of clients) await client.connect(server.getsockname());
  await converse(server, clients);
});

test("udp over IPv6: tasks on one socket answer each client", { skip: without.ipv6 }, async () => {
  const server = socket(AF_INET6, SOCK_DGRAM);
  server.bind(["::1", 0]);
  const clients = Array.from({ length: CLIENTS }, () => socket(AF_INET6, SOCK_DGRAM));
  for (const client of clients) await client.connect(server.getsockname());
  await converse(server, clients);
});

test("unix dgram: tasks on one socket answer each client, at most ten unread", async () => {
  using folder = new Directory();
  const path = join(folder.path, "server");
  const server = socket(AF_UNIX, SOCK_DGRAM);
  server.bind(path);
  const clients = Array.from({ length: CLIENTS }, () => socket(AF_UNIX, SOCK_DGRAM));
  for (const client of clients) {
    client.bind("");
    await client.connect(path);
  }
  await converse(server, clients);
});

test("udp: each datagram comes once, whatever a look in vain has made ready before", async () => {
  for (const size of [200, 20_000]) {
    const server = socket(AF_INET, SOCK_DGRAM);
    server.bind(["127.0.0.1", 0]);
    server.setsockopt(SOL_SOCKET, SO_RCVBUF, 1 << 20); // room for eight of the long ones
    const [, port] = server.getsockname();
    const rounds = 8000;
    const worker = new Worker(new URL("worker-asks.js", import.meta.url), {
      workerData: { port, size, rounds },
    });
    const exit = once(worker, "exit");
    const seen = new Set<number>();
    const serve = async () => {
      for (;;) {
        const [data, peer] = await server.recvfrom(65_536);
        const number = data.readUInt32LE();
        assert.ok(!seen.has(number), `${number} twice`);
        seen.add(number);
        assert.ok(data.subarray(4).equals(Buffer.alloc(size - 4, number % 251)), `${number}`);
        await server.sendto("!", peer as [string, number]);
      }
    };
    const serving = Promise.allSettled(Array.from({ length: 8 }, serve));
    assert.deepEqual(await exit, [0]);
    server.close();
    for (const result of await serving) {
      assert.equal((result as PromiseRejectedResult).reason.code, "EBADF");
    }
    assert.equal(seen.size, (rounds / 8) * 36);
  }
});

test("a port where nobody listens is told of, however many sends there are at once", async () => {
  const [near, far] = await udpPair();
  const [teller, hearer] = await udpPair();
  const address = far.getsockname();
  far.close();
  // Of many sends made together the kernel may keep a refusal for itself; so they are not made together again.
  await areRefused(address, async () => {
    const trigger = Array.from({ length: 8 }, () => hearer.recv(1));
    await turns();
    await Promise.all(trigger.map(() => teller.send("x")));
    await Promise.all(trigger);
    return Promise.allSettled(Array.from({ length: 100 }, () => near.send("x")));
  });
  for (const one of [near, teller, hearer]) one.close();
});
