/** Unix sockets of messages that the poller reports again and again, level-triggered (`Looks.isLevelTriggered`).
 * They become so where many are ready at a time and looks for more find nothing; and they are so no more
 * where an event leads to nothing, which would be reported for ever. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import test from "node:test";
import {
  AF_UNIX,
  MSG_PEEK,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from "berkeley";
import { udpPair } from "../support/connected.js";
import { turns } from "../support/process.js";

const PAIRS = 10;
const EPOLLET = 0x80000000;

/** The events of `fd` that this process's pollers ask for. */
function eventsOf(fd: number): number[] {
  const pollers = readdirSync("/proc/self/fd").filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === "anon_inode:[eventpoll]";
    } catch {
      return false; // that of the folder itself
    }
  });
  return pollers.flatMap((poller) => {
    const text = readFileSync(`/proc/self/fdinfo/${poller}`, "latin1");
    const rows = text.matchAll(/^tfd: +(\d+) events: +([0-9a-f]+)/gm);
    return [...rows]
      .filter((row) => Number(row[1]) === fd)
      .map((row) => parseInt(row[2] ?? "", 16));
  });
}

function isLevelTriggered(sock: Socket): boolean {
  const [events] = eventsOf(sock.fileno());
  assert.ok(events !== undefined, "no poller has it");
  return Math.floor(events / EPOLLET) % 2 === 0;
}

type Pair = [Socket, Socket];

/** Pairs whose second socket is level-triggered. Nothing is on its way, and nobody waits. */
async function levelTriggered(make: () => Pair | Promise<Pair>): Promise<Pair[]> {
  const pairs = await Promise.all(Array.from({ length: PAIRS }, make));
  for (let round = 0; round < 200; round++) {
    const got = pairs.map(async ([, far]) => {
      assert.equal(String(await far.recv(99)), `${round}`);
      // This looks for another message, in the tick that reported the first.
      return { next: far.recv(99) };
    });
    await sendAll(pairs, `${round}`);
    const next = await Promise.all(got);
    await sendAll(pairs, "end");
    for (const one of next) assert.equal(String(await one.next), "end");
    if (pairs.every(([, far]) => isLevelTriggered(far))) return pairs;
  }
  assert.fail("they stay edge-triggered");
}

async function sendAll(pairs: Pair[], text: string): Promise<void> {
  await turns(); // whoever waits is known to the poller
  await Promise.all(pairs.map(([near]) => near.send(text)));
}

function closeAll(pairs: Pair[]): void {
  for (const one of pairs.flat()) one.close();
}

const kinds: [string, () => Pair | Promise<Pair>][] = [
  ["seqpacket", () => socketpair(AF_UNIX, SOCK_SEQPACKET)],
  ["Unix datagrams", () => socketpair(AF_UNIX, SOCK_DGRAM)],
];

for (const [name, make] of kinds) {
  test(`${name}: what comes together is read in its order`, async () => {
    const pairs = await levelTriggered(make);
    for (let round = 0; round < 100; round++) {
      const count = 1 + (round % 7);
      const texts = Array.from({ length: count }, (_, i) => `${round}.${i}`);
      const got = pairs.map(async ([, far]) => {
        const all: string[] = [];
        while (all.length < count) all.push(String(await far.recv(99)));
        return all;
      });
      await turns();
      await Promise.all(pairs.flatMap(([near]) => texts.map((text) => near.send(text))));
      for (const all of await Promise.all(got)) assert.deepEqual(all, texts);
    }
    closeAll(pairs);
  });

  test(`${name}: where nobody reads it is edge-triggered again, and what came is there`, async () => {
    const pairs = await levelTriggered(make);
    await sendAll(pairs, "one");
    await turns();
    for (const [, far] of pairs) assert.ok(!isLevelTriggered(far));
    await sendAll(pairs, "two");
    await turns();
    for (const [, far] of pairs) {
      assert.equal(String(await far.recv(99, MSG_PEEK)), "one");
      assert.equal(String((await far.recvmsg(99))[0]), "one");
      assert.equal(String(await far.recv(99)), "two");
      const waiting = far.recv(99);
      await turns(1);
      far.close();
      await assert.rejects(waiting, { code: "EBADF" });
    }
    closeAll(pairs);
  });

  test(`${name}: whoever gives up, or looks without taking, ends it`, async () => {
    const pairs = await levelTriggered(make);
    const ending = new AbortController();
    const given = pairs.map(([, far]) => far.recv(99, { signal: ending.signal }));
    await turns();
    ending.abort();
    for (const one of given) await assert.rejects(one, { name: "AbortError" });
    const looked = pairs.map(([, far]) => far.recv(99, MSG_PEEK));
    await sendAll(pairs, "x");
    for (const one of looked) assert.equal(String(await one), "x");
    await turns();
    for (const [, far] of pairs) {
      assert.ok(!isLevelTriggered(far));
      assert.equal(String(await far.recv(99)), "x");
    }
    closeAll(pairs);
  });
}

test("who waits for room to write has it edge-triggered", async () => {
  const pairs = await levelTriggered(() => socketpair(AF_UNIX, SOCK_SEQPACKET));
  for (const [near, far] of pairs) {
    far.setsockopt(SOL_SOCKET, SO_SNDBUF, 1);
    const sending = Array.from({ length: 50 }, (_, i) => far.send(`${i}`));
    await turns();
    assert.ok(!isLevelTriggered(far));
    const reading = far.recv(99);
    await near.send("x");
    assert.equal(String(await reading), "x");
    for (let i = 0; i < 50; i++) assert.equal(String(await near.recv(99)), `${i}`);
    await Promise.all(sending);
    await turns();
    assert.ok(!isLevelTriggered(far)); // there is room now, and mostly
  }
  closeAll(pairs);
});

test("of several objects with one descriptor none is level-triggered", async () => {
  const pairs = await levelTriggered(() => socketpair(AF_UNIX, SOCK_SEQPACKET));
  for (const [near, far] of pairs) {
    const other = socket(AF_UNIX, SOCK_SEQPACKET, 0, { fileno: far.fileno() });
    const both = [other.recv(99), far.recv(99)];
    await turns();
    assert.ok(!isLevelTriggered(far));
    await near.send("x");
    assert.equal(String(await Promise.race(both)), "x");
    await near.send("y");
    assert.deepEqual((await Promise.all(both)).map(String).sort(), ["x", "y"]);
    other.detach();
  }
  closeAll(pairs);
});

test("UDP is told of once: to look takes less there", async () => {
  await assert.rejects(levelTriggered(udpPair), { message: "they stay edge-triggered" });
});

test("a descriptor that comes after it is edge-triggered", async () => {
  const pairs = await levelTriggered(() => socketpair(AF_UNIX, SOCK_SEQPACKET));
  const numbers = pairs.map(([, far]) => far.fileno());
  closeAll(pairs);
  const next = await Promise.all(Array.from({ length: PAIRS }, () => socketpair(AF_UNIX)));
  const waiting = next.flat().map((one) => one.recv(1));
  await turns();
  assert.ok(next.flat().some((one) => numbers.includes(one.fileno())));
  for (const one of next.flat()) assert.ok(!isLevelTriggered(one));
  closeAll(next as Pair[]);
  for (const one of waiting) await assert.rejects(one, { code: "EBADF" });
});
