/** Many sends that wait for one socket, because it has no room or the turn's budget is spent. Those whose
 * turn comes are made together, and a program must notice nothing of that but the time that it takes. */
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  AF_UNIX,
  createConnection,
  createServer,
  type Family,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from "berkeley";
import fc from "fast-check";
import { connected, udpPair } from "../support/connected.js";
import { turns } from "../support/process.js";
import { numbered, readAll } from "../support/streams.js";

/** More calls than a turn's budget allows. */
const OVER_BUDGET = 6000;

type Pair = () => Promise<[Socket<Family>, Socket<Family>]>;

const unixStream: Pair = async () => socketpair(AF_UNIX, SOCK_STREAM);
const streams: [string, Pair][] = [
  ["TCP", connected],
  ["Unix stream", unixStream],
];

/** A stream whose buffer for sending is small. */
async function narrow(makePair: Pair): Promise<[Socket<Family>, Socket<Family>]> {
  const [near, far] = await makePair();
  near.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192);
  return [near, far];
}

/** Everything that comes from `from`, read slowly. */
const drain = (from: Socket<Family>, size: number) => readAll(from, { size, pauseEach: 8 });

for (const [name, makePair] of streams) {
  test(`${name}: more sends than a turn has a budget for arrive in their order`, async () => {
    const [near, far] = await makePair();
    const reading = drain(far, 65_536);
    for (let round = 0; round < 2; round++) {
      const sending = Array.from({ length: OVER_BUDGET }, (_, i) => near.sendall(`${round}:${i} `));
      await Promise.all(sending);
    }
    near.close();
    const numbers = (round: number) =>
      Array.from({ length: OVER_BUDGET }, (_, i) => `${round}:${i} `).join("");
    assert.equal((await reading).toString(), numbers(0) + numbers(1));
    far.close();
  });

  test(`${name}: what waits for room, of all kinds, is sent once and in order`, async () => {
    const one = fc.record({
      kind: fc.constantFrom("sendall", "send", "sendmsg"),
      size: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 90_000 })),
    });
    const many = fc.array(one, { minLength: 2, maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(many, fc.integer({ min: 100, max: 30_000 }), async (sends, readSize) => {
        const [near, far] = await narrow(makePair);
        const reading = drain(far, readSize);
        const sending = sends.map(async ({ kind, size }, i) => {
          const bytes = numbered(size, i);
          if (kind === "send") return bytes.subarray(0, await near.send(bytes));
          if (kind === "sendmsg") {
            const half = size >> 1;
            const count = await near.sendmsg([bytes.subarray(0, half), bytes.subarray(half)]);
            return bytes.subarray(0, count);
          }
          await near.sendall(bytes);
          return bytes;
        });
        const sent = await Promise.all(sending);
        near.close();
        assert.ok((await reading).equals(Buffer.concat(sent)));
        far.close();
      }),
      { numRuns: 30 },
    );
  });

  test(`${name}: those that are given up while they wait say what was sent of them`, async () => {
    const [near, far] = await narrow(makePair);
    // More than TCP has room for.
    const waiting = Array.from({ length: 3000 }, (_, i) => {
      const controller = new AbortController();
      const bytes = numbered(700 + (i % 5) * 900, i);
      return { bytes, controller, sending: near.sendall(bytes, { signal: controller.signal }) };
    });
    const sent = waiting.map(({ bytes, sending }) =>
      sending.then(
        () => bytes,
        (error: { bytesSent: number }) => bytes.subarray(0, error.bytesSent),
      ),
    );
    await turns();
    const reading = drain(far, 3000);
    for (let i = waiting.length - 1; i >= 0; i--) {
      if (i % 3 === 0) waiting[i]?.controller.abort({ bytesSent: 0 });
      if (i % 50 === 0) await turns(1);
    }
    const settled = await Promise.allSettled(waiting.map(({ sending }) => sending));
    const aborted = settled.filter(({ status }) => status === "rejected").length;
    assert.ok(aborted > 100 && aborted < 1000, `${aborted}`);
    near.close();
    assert.ok((await reading).equals(Buffer.concat(await Promise.all(sent))));
    far.close();
  });

  test(`${name}: a peer that has gone is told to each that waits`, async () => {
    const [near, far] = await narrow(makePair);
    // Several times what there is room for while the receiver reads nothing, which differs from machine to
    // machine.
    const sending = Array.from({ length: 1000 }, (_, i) => near.sendall(numbered(1000, i)));
    await turns();
    far.close();
    const results = await Promise.allSettled(sending);
    const failed = results.filter(({ status }) => status === "rejected");
    assert.ok(failed.length > 500, `${failed.length}`);
    for (const { reason } of failed as PromiseRejectedResult[]) {
      assert.match(reason.code, /^(EPIPE|ECONNRESET)$/);
    }
    near.close();
  });

  test(`${name}: those that are given up while they wait for their turn are not sent, others once`, async () => {
    const [near, far] = await makePair();
    const reading = drain(far, 65_536);
    const controller = new AbortController();
    const text = (i: number) => `${i} `.padEnd(2048); // as long as is copied
    const sending = Array.from({ length: OVER_BUDGET }, (_, i) =>
      near.sendall(text(i), i % 100 === 99 ? { signal: controller.signal } : undefined),
    );
    controller.abort({});
    const results = await Promise.allSettled(sending);
    near.close();
    const sent = results.flatMap(({ status }, i) => (status === "fulfilled" ? [text(i)] : []));
    assert.ok(sent.length < OVER_BUDGET && sent.length >= OVER_BUDGET * 0.99, `${sent.length}`);
    assert.ok((await reading).equals(Buffer.from(sent.join(""))));
    far.close();
  });

  test(`${name}: what is closed in the midst of the turns ends each that waits`, async () => {
    const [near, far] = await makePair();
    const reading = drain(far, 65_536);
    const sending = Array.from({ length: OVER_BUDGET }, (_, i) => near.sendall(`${i} `));
    await sending[0];
    near.close();
    const results = await Promise.allSettled(sending);
    const ended = results.findIndex(({ status }) => status === "rejected");
    assert.ok(ended > 0);
    for (const result of results.slice(ended)) {
      assert.equal(result.status === "rejected" && result.reason.code, "EBADF");
    }
    assert.equal(
      (await reading).toString(),
      Array.from({ length: ended }, (_, i) => `${i} `).join(""),
    );
    far.close();
  });
}

test("one message to more than a turn has a budget for arrives at each, once", async () => {
  const listener = createServer(["127.0.0.1", 0], { backlog: 1024 });
  const clients: Socket<Family>[] = [];
  const servers: Socket<Family>[] = [];
  for (let i = 0; i < 400; i++) {
    clients.push(await createConnection(listener.getsockname()));
    servers.push((await listener.accept())[0]);
  }
  const rounds = Array.from({ length: 10 }, (_, round) => `${round} `);
  const sending = rounds.flatMap((text) => servers.map((one) => one.sendall(text)));
  await Promise.all(sending);
  for (const one of servers) one.close();
  for (const one of clients) assert.equal((await drain(one, 999)).toString(), rounds.join(""));
  for (const one of [...clients, listener]) one.close();
});

test("messages that wait for room go whole, once, and in order", async () => {
  const path = `\0waiting-sends-${process.pid}`;
  const receiver = socket(AF_UNIX, SOCK_DGRAM);
  receiver.bind(path);
  const sender = socket(AF_UNIX, SOCK_DGRAM);
  const [one, other] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const texts = Array.from({ length: 2500 }, (_, i) => `${i}`.padEnd(2048)); // as long as is copied
  const cases: [Socket<Family>, Promise<number>[]][] = [
    [receiver, texts.map((text) => sender.sendto(text, path))],
    [other, texts.map((text) => one.send(text))],
  ];
  for (const [from, sending] of cases) {
    for (const text of texts) assert.equal(String(await from.recv(4096)), text);
    assert.deepEqual(
      await Promise.all(sending),
      texts.map(({ length }) => length),
    );
  }
  for (const socket of [receiver, sender, one, other]) socket.close();
});

test("messages to a queue that others have filled are sent when there is room in it", async () => {
  const path = `\0waiting-sends-full-${process.pid}`;
  const receiver = socket(AF_UNIX, SOCK_DGRAM);
  receiver.bind(path);
  const [filler, sender] = [socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)];
  let filled = 0;
  filler.settimeout(0);
  for (; await filler.sendto("full", path).catch(() => 0); filled++);
  const sending = ["a", "b", "c"].map((text) => sender.sendto(text, path));
  // Each try that fails makes an event for room to write, which must not cause the next try.
  await delay(300); // the pauses between two tries are long by now, on a slow machine, too
  const before = performance.eventLoopUtilization();
  await delay(700);
  const { utilization } = performance.eventLoopUtilization(before);
  assert.ok(utilization < 0.75, `${utilization}`);
  for (let i = 0; i < filled; i++) assert.equal(String(await receiver.recv(9)), "full");
  for (const text of ["a", "b", "c"]) assert.equal(String(await receiver.recv(9)), text);
  assert.deepEqual(await Promise.all(sending), [1, 1, 1]);
  for (const socket of [filler, sender, receiver]) socket.close();
});

test("the errors of messages that wait are each message's own", async () => {
  const [near, far] = await udpPair();
  const tooLong = Buffer.alloc(65_520); // for UDP, but not to be put off
  near.setsockopt(SOL_SOCKET, SO_SNDBUF, 5000);
  const received: string[] = [];
  const reading = (async () => {
    for (;;) received.push(String(await far.recv(9)));
  })().catch(() => {});
  const sending = Array.from({ length: 3000 }, (_, i) =>
    near.send(i % 10 === 9 ? tooLong : `${i}`),
  );
  const results = await Promise.allSettled(sending);
  results.forEach((result, i) => {
    if (i % 10 === 9) assert.equal(result.status === "rejected" && result.reason.code, "EMSGSIZE");
    else assert.equal(result.status === "fulfilled" && result.value, `${i}`.length);
  });
  await turns();
  // UDP may lose some if they are not read in time, but it never reorders or doubles them here.
  assert.deepEqual(
    received.map(Number),
    [...new Set(received.map(Number))].sort((a, b) => a - b),
  );
  far.close();
  near.close();
  await reading;
});
