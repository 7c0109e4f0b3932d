/** A program's tests may put timers and a clock in the place of Node's that stand still: waits go on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test, { type TestContext } from "node:test";
import { AF_UNIX, type Socket, socket, socketpair } from "berkeley";
import * as sync from "berkeley/sync";
import { fullListener } from "../support/connected.js";
import { root } from "../support/machine.js";

function stopTime({ mock }: TestContext): void {
  mock.timers.enable();
  mock.method(performance, "now", () => 0);
  mock.method(globalThis, "queueMicrotask", () => {}); // as Jest's fake timers
}

test("a timeout runs out", async (t) => {
  stopTime(t);
  const [near, far] = socketpair();
  near.settimeout(0.01);
  await assert.rejects(near.recv(1), { code: "ETIMEDOUT" });
  const [one, other] = sync.socketpair();
  one.settimeout(0.01);
  assert.throws(() => one.recv(1), { code: "ETIMEDOUT" });
  for (const end of [near, far, one, other]) end.close();
});

test("a turn of the loop follows the one whose budget is spent", async (t) => {
  stopTime(t);
  const [near, far] = socketpair();
  near.settimeout(0);
  for (let i = 0; i < 2000; i++) await assert.rejects(near.recv(1), { code: "EAGAIN" });
  near.close();
  far.close();
});

test("a call of whose success no event tells is made again", async (t) => {
  const [listener, first] = await fullListener();
  stopTime(t);
  const client = socket(AF_UNIX);
  const connects = client.connect(listener.getsockname());
  const [one] = await listener.accept();
  await connects;
  for (const end of [client, one, first, listener]) end.close();
});

test("several streams that have more than a read takes are read to their ends", async (t) => {
  stopTime(t);
  const SIZE = 1 << 20;
  const pairs = Array.from({ length: 4 }, () => socketpair());
  const read = async (from: Socket): Promise<number> => {
    let length = 0;
    while (length < SIZE) length += (await from.recv(65_536)).length;
    return length;
  };
  const reads = pairs.map(([near]) => read(near));
  for (const [, far] of pairs) far.sendall(Buffer.alloc(SIZE));
  assert.deepEqual(await Promise.all(reads), Array(4).fill(SIZE));
  for (const end of pairs.flat()) end.close();
});

/** As Jest's fake timers, where they are there before the program's own modules. */
const fakedBefore = `
  globalThis.performance = { now: () => 0 };
  for (const name of ["queueMicrotask", "setImmediate", "setTimeout"]) globalThis[name] = () => {};
  const { socketpair } = await import("berkeley");
  const SIZE = 1 << 20;
  const pairs = [1, 2, 3].map(() => socketpair());
  const reads = pairs.map(async ([near]) => {
    let length = 0;
    while (length < SIZE) length += (await near.recv(65_536)).length;
    return length;
  });
  for (const [, far] of pairs) far.sendall(Buffer.alloc(SIZE));
  console.log(await Promise.all(reads));
  const [[near]] = pairs;
  near.settimeout(0.01);
  console.log(await near.recv(1).catch(({ code }) => code));
`;

test("those that are there before the library's do not hold it up", () => {
  const args = ["--input-type=module", "-e", fakedBefore];
  const options = { cwd: root, encoding: "utf8", timeout: 20_000 } as const;
  const printed = execFileSync(process.execPath, args, options);
  assert.equal(printed, "[ 1048576, 1048576, 1048576 ]\nETIMEDOUT\n");
});
