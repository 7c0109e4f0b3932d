/** An exception that a program throws in the middle of a tick, and catches for the whole process, costs its
 *  sockets nothing. */
import assert from "node:assert/strict";
import test from "node:test";
import { outputOf } from "../support/ending-program.js";

/** Eight connections with an echo each. Prints what came of two messages on each. `THROW`: what an echo does
 *  at the first. */
const program = `
  import { writeSync } from "node:fs";
  import { Readable } from "node:stream";
  import { socketpair } from "berkeley";
  let caught = 0;
  setTimeout(() => process.exit(1), 20_000).unref(); // what never ends is a failure
  process.on("uncaughtException", () => { caught++; });
  const pairs = Array.from({ length: 8 }, () => socketpair());
  for (const [near, far] of pairs) {
    near.settimeout(2);
    echo(far);
  }
  async function echo(far) {
    for (let data = await far.recv(99); data.length > 0; data = await far.recv(99)) {
      if (String(data) === "throw") THROW;
      await far.sendall(data);
    }
  }
  /** What comes back on each, all at once. */
  async function round(textOf) {
    const sending = pairs.map(([near], i) => near.sendall(textOf(i)));
    const all = await Promise.allSettled([...sending, ...pairs.map(([near]) => near.recv(99))]);
    return all.slice(8).map(({ value, reason }) => String(value ?? reason));
  }
  const results = [];
  for (let i = 0; i < 20; i++) await round(() => "first");
  results.push(await round((i) => (i === 3 ? "throw" : "with it")));
  results.push(await round((i) => "behind " + i));
  // Of a timer, which has many sends put off until the microtasks are over.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const reading = pairs.map(([near]) => near.recv(99));
  for (const [i, [near]] of pairs.entries()) near.sendall(i === 3 ? "throw" : "timer");
  THROW;
  results.push((await Promise.allSettled(reading)).map(({ value, reason }) => String(value ?? reason)));
  writeSync(3, JSON.stringify({ caught, results }));
  process.exit();
`;

const failing = {
  "the next tick": `process.nextTick(() => { throw new Error("in the middle"); })`,
  "a stream without a listener": `new Readable({ read() {} }).destroy(new Error("in the middle"))`,
  "a microtask": `queueMicrotask(() => { throw new Error("in the middle"); })`,
};

for (const [name, text] of Object.entries(failing)) {
  test(`what is sent and read goes on where ${name} throws`, () => {
    const { caught, results } = JSON.parse(outputOf(program.replaceAll("THROW", text), "exit"));
    assert.equal(caught, 3);
    const at3 = (other: string) => Array.from({ length: 8 }, (_, i) => (i === 3 ? "throw" : other));
    assert.deepEqual(results, [
      at3("with it"),
      Array.from({ length: 8 }, (_, i) => `behind ${i}`),
      at3("timer"),
    ]);
  });
}
