/** Worker threads that are ended in the middle of their work. */
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
import { ended, node, openDescriptors, turns } from "../support/process.js";
import { type Task, WAITS } from "./worker-waits.js";

const PROGRAM = new URL("worker-waits.js", import.meta.url);
const AT_ONCE = 2;

async function waiting(task: Task): Promise<Worker> {
  const worker = new Worker(PROGRAM, { workerData: task });
  await once(worker, "message"); // rejects with the worker's own error
  return worker;
}

/** Starts workers and ends them: everything that they opened has to be closed then. */
async function endInTheMiddle(task: Task, rounds: number): Promise<void> {
  const before = openDescriptors();
  for (let round = 0; round < rounds; round++) {
    const workers = Array.from({ length: AT_ONCE }, () => waiting(task));
    for (const [i, starting] of workers.entries()) {
      const worker = await starting;
      await turns(round + i); // another moment each time
      assert.equal(await worker.terminate(), 1);
    }
  }
  assert.equal(openDescriptors(), before);
}

// The threads of libuv's pool keep what they have opened at first.
await waiting({ names: ["a look-up"], face: "berkeley" }).then((worker) => worker.terminate());

const names = Object.keys(WAITS);
const idle = names.filter((name) => !name.startsWith("busy"));
const busy = names.filter((name) => name.startsWith("busy"));

test("berkeley: workers ended in all kinds of waits at once leave nothing open", () =>
  endInTheMiddle({ names: idle, face: "berkeley" }, 10));

for (const name of busy) {
  test(`berkeley: workers ended in ${name} leave nothing open`, () =>
    endInTheMiddle({ names: [name], face: "berkeley" }, 1));
}

for (const name of names) {
  test(`berkeley/sync: workers ended in ${name} leave nothing open`, () =>
    endInTheMiddle({ names: [name], face: "berkeley/sync" }, 1));
}

test("a process that exits does not wait for its blocked workers", async () => {
  const end = await ended(node(new URL("worker-exit.js", import.meta.url)));
  assert.deepEqual(end, { code: 7, signal: null, output: "" });
});

test("a socket moves between threads by its number", async () => {
  const [near, far] = berkeley.socketpair();
  const worker = new Worker(new URL("worker-moved.js", import.meta.url), {
    workerData: far.detach(),
  });
  const number = once(worker, "message");
  const exit = once(worker, "exit");
  await near.sendall("hello");
  assert.equal(String(await near.recv(100)), "HELLO");
  const [fileno] = await number;
  await exit;
  // The worker gave it away before it ended, so it is still open.
  const back = sync.socket(undefined, undefined, undefined, { fileno });
  back.sendall("back");
  assert.equal(String(await near.recv(100)), "back");
  near.close();
  back.close();
});

test("a descriptor that another thread closes is EBADF to who blocks on it", async () => {
  const [near, far] = sync.socketpair();
  const worker = new Worker(new URL("worker-closed.js", import.meta.url), {
    workerData: near.fileno(),
  });
  const exit = once(worker, "exit");
  await once(worker, "message");
  near.close();
  const [said] = await once(worker, "message");
  assert.equal(said, "EBADF recv");
  far.close();
  await exit;
});

test("who blocks on a descriptor that another thread closes reads nothing of the socket that has its number next", async () => {
  const [near, far] = sync.socketpair();
  const number = near.fileno();
  const worker = new Worker(new URL("worker-closed.js", import.meta.url), { workerData: number });
  const exit = once(worker, "exit");
  await once(worker, "message");
  const said = once(worker, "message");
  await delay(50); // it waits by now
  near.close();
  const others: sync.Socket[][] = [];
  const hasNumber = (one: sync.Socket) => one.fileno() === number;
  while (!others.at(-1)?.some(hasNumber)) others.push(sync.socketpair());
  const [next, peer] = (others.at(-1) as sync.Socket[]).sort((a) => (hasNumber(a) ? -1 : 1));
  peer?.sendall("for another");
  assert.deepEqual(await said, ["EBADF recv"]);
  assert.equal(String(next?.recv(100)), "for another");
  await exit;
  for (const one of [far, ...others.flat()]) one.close();
});
