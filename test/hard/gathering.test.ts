/** Many sends at once outside of a tick that would put them off: by tasks side by side, or of one message to
 * all. They are made together once the pending microtasks have run. A program must notice nothing of that but
 * the time that it takes. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_UNIX,
  type Family,
  MSG_DONTWAIT,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from "berkeley";
import * as sync from "berkeley/sync";
import { connected, udpPair } from "../support/connected.js";
import { endings, outputOf } from "../support/ending-program.js";
import { arrives, queued } from "../support/kernel-tables.js";
import { turns } from "../support/process.js";
import { areRefused } from "../support/refused.js";

/** So many sends at once that the last of them are put off. */
const MANY = 40;
/** Too long for the sockets here, but short enough to be put off. */
const tooLong = Buffer.alloc(60_000);

/** Has an event of the poller begin a turn's budget anew, so that for a while no send is left to the loop's
 *  next turn. */
async function beginBudget(near: Socket<Family>, far: Socket<Family>): Promise<void> {
  const waiting = far.recv(1);
  await turns();
  await near.send("x"); // may be put off, behind those of others
  await waiting;
}

/** Sends many at a time until the next are seen to be put off until the pending microtasks have run. */
async function untilPutOff(): Promise<void> {
  const [near, far] = await udpPair();
  const [, port] = far.getsockname();
  let isPutOff = false;
  for (let i = 0; i < 1000 && !isPutOff; i++) {
    const sending = ["a", "b", "c"].map((text) => near.send(text));
    isPutOff = queued(port, "udp") === 0;
    for (let more = 3; more < MANY; more++) sending.push(near.send("x"));
    assert.deepEqual(await Promise.all(sending), Array(MANY).fill(1));
    assert.ok(arrives(port, "udp") > 0);
    const got = await Promise.all(sending.map(() => far.recv(1)));
    assert.equal(got.join(""), "abc".padEnd(MANY, "x"));
  }
  assert.ok(isPutOff, "no sends were put off");
  near.close();
  far.close();
}

test("many sends at once are put off until the microtasks that are there are over", untilPutOff);

test("a program that awaits each of its sends has each made at once", async () => {
  const [near, far] = await udpPair();
  const [, port] = far.getsockname();
  await beginBudget(near, far);
  for (let i = 0; i < 300; i++) {
    const sending = near.send("x");
    assert.ok(arrives(port, "udp") > 0, `${i}`);
    await sending;
    await far.recv(1);
  }
  near.close();
  far.close();
});

test("what is put off is made before any other call", async () => {
  const listener = sync.createServer(["127.0.0.1", 0]);
  await untilPutOff();
  const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
  const other = sync.createConnection(listener.getsockname());
  const [accepted] = listener.accept();
  accepted.setblocking(false);
  near.sendall("one ");
  near.sendall("two");
  assert.throws(() => accepted.recv(9), { code: "EAGAIN" });
  near.close();
  assert.equal((await far.recv(99)).toString(), "one two");
  assert.equal((await far.recv(99)).length, 0);
  for (const one of [far, other, accepted, listener]) one.close();
});

test("one message to all of many, from no tick, arrives at each", async () => {
  const pairs = await Promise.all(Array.from({ length: 150 }, () => connected()));
  for (let round = 0; round < 5; round++) {
    await Promise.all(pairs.map(([near], i) => near.sendall(`${round} to ${i}`)));
    const got = await Promise.all(pairs.map(([, far]) => far.recv(99)));
    assert.deepEqual(
      got.map(String),
      pairs.map((_, i) => `${round} to ${i}`),
    );
    await turns();
  }
  for (const one of pairs.flat()) one.close();
});

test("the errors of sends that are put off are each call's own", async () => {
  const pairs = await Promise.all(Array.from({ length: MANY }, () => socketpair(AF_UNIX)));
  pairs.forEach(([, far], i) => {
    if (i % 3 === 0) far.close();
  });
  await untilPutOff();
  const results = await Promise.allSettled(pairs.map(([near]) => near.send("x")));
  results.forEach((result, i) => {
    if (i % 3 === 0) assert.equal(result.status === "rejected" && result.reason.code, "EPIPE");
    else assert.equal(result.status === "fulfilled" && result.value, 1);
  });
  for (const one of pairs.flat()) one.close();
});

test("the errors of one socket's messages that are put off are each message's own", async () => {
  const [path, gone] = [`\0gathering-${process.pid}`, `\0gathering-gone-${process.pid}`];
  const receiver = socket(AF_UNIX, SOCK_DGRAM);
  receiver.bind(path);
  const sender = socket(AF_UNIX, SOCK_DGRAM);
  sender.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000); // room for many, but not for one that is too long
  const error = (i: number) => ({ 3: "ECONNREFUSED", 4: "ECONNREFUSED", 6: "EMSGSIZE" })[i];
  await untilPutOff();
  const sending = Array.from({ length: MANY }, (_, i) =>
    sender.sendto(
      error(i) === "EMSGSIZE" ? tooLong : `${i}`,
      error(i) === "ECONNREFUSED" ? gone : path,
    ),
  );
  const settled = Promise.allSettled(sending);
  for (let i = 0; i < MANY; i++) {
    if (error(i) === undefined) assert.equal(String(await receiver.recv(9)), `${i}`);
  }
  (await settled).forEach((result, i) => {
    if (error(i) === undefined)
      assert.equal(result.status === "fulfilled" && result.value, `${i}`.length);
    else assert.equal(result.status === "rejected" && result.reason.code, error(i));
  });
  sender.close();
  receiver.close();
});

test("a port where nobody listens is told of, however few are put off at a time", async () => {
  const [near, far] = await udpPair();
  const address = far.getsockname();
  await untilPutOff();
  far.close();
  await areRefused(address, async () => {
    const results: PromiseSettledResult<number>[] = [];
    for (let round = 0; round < 6; round++) {
      results.push(...(await Promise.allSettled(["a", "b", "c"].map((text) => near.send(text)))));
    }
    return results;
  });
  near.close();
});

test("messages of one socket with and without flags go in their order", async () => {
  const [near, far] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  await untilPutOff();
  const flags = [0, 0, MSG_DONTWAIT, 0, MSG_DONTWAIT, MSG_DONTWAIT];
  const sending = Array.from({ length: MANY }, (_, i) => near.send(`${i}`, flags[i % 6]));
  for (let i = 0; i < MANY; i++) assert.equal(String(await far.recv(9)), `${i}`);
  await Promise.all(sending);
  near.close();
  far.close();
});

test("tasks that send for ever leave the loop its turns", async () => {
  const [near, far] = await udpPair();
  let isOver = false;
  let count = 0;
  const tasks = Array.from({ length: MANY }, async () => {
    for (; !isOver; count++) await near.send("x");
  });
  const heard: string[] = [];
  setTimeout(() => heard.push("timer"), 1);
  for (let turn = 0; turn < 1000 && heard.length === 0; turn++) await turns(1);
  isOver = true;
  await Promise.all(tasks);
  assert.deepEqual(heard, ["timer"]);
  assert.ok(count > MANY);
  near.close();
  far.close();
});

test("a send does not wait for the work of all that are made with it", async () => {
  const [near, far] = await udpPair();
  const [, port] = far.getsockname();
  await beginBudget(near, far);
  await untilPutOff();
  /** How much has got to the kernel when the last one is about to be sent. */
  const arrived: number[] = [];
  for (let round = 0; round < 3; round++) {
    const sending: Promise<number>[] = [];
    for (let i = 0; i < 8; i++) {
      const until = performance.now() + 2;
      while (performance.now() < until); // work
      if (i === 7) arrived.push(queued(port, "udp"));
      sending.push(near.send("x"));
    }
    await Promise.all(sending);
    for (let i = 0; i < 8; i++) await far.recv(1);
  }
  // In the first round it is not known yet how long each takes.
  assert.ok(arrived[1] !== 0 && arrived[2] !== 0, `${arrived}`);
  near.close();
  far.close();
});

test("nothing is lost where the program ends right behind many sends", () => {
  const program = `
    import { AF_UNIX, SOCK_STREAM, Socket, socketpair } from "berkeley";
    const out = new Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: 3 });
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 20 }, () => out.sendall("x")));
    }
    for (let i = 0; i < 20; i++) out.sendall("y").catch(() => {});
    if (process.argv.at(-1) === "exit") process.exit(0);
    throw new Error("ends the program");
  `;
  for (const last of endings) {
    assert.equal(outputOf(program, last), "x".repeat(400) + "y".repeat(20), last);
  }
});
