// Counts the system calls that a Node program makes for fixed work, with strace. Those that it takes
// to start cancel out: it runs twice, with N rounds and with 2 N, and a figure is the difference.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createConnection, has, IPPROTO_TCP, TCP_NODELAY } from "berkeley/sync";
import { root } from "../../scripts/lib.mjs";

const CONNECTIONS = 50;
const BATCH = 64;
const BYTES = 64;
/** A message of this length is not copied when its send is put off. */
const LONG_BYTES = 5000;
const ROUNDS = 200;
/** So many sends at once are more than the budget of one turn of the loop allows. */
const OVER_BUDGET = 6000;
const LATE_MS = 2;
/** How many sends are made in one call of io_uring depends on how fast JavaScript runs: on a machine that
 * is slow, or has other work, there may be up to so many more calls per message. Made one by one, there
 * would be one more. */
const PACED = 0.1;

/** The calls of V8's heap and threads, whose number depends on the machine's load. */
const HOUSEKEEPING = new Set(["brk", "futex", "madvise", "mmap", "mprotect", "munmap"]);

/** @typedef {{ all: number, path: number }} Calls all of them, and those that are not housekeeping */

/** @param {string} table what strace wrote: one line per call, "calls name" @returns {Calls} */
function sum(table) {
  const calls = { all: 0, path: 0 };
  for (const [, count, name] of table.matchAll(/^ *(\d+) +(\w+)$/gm)) {
    if (name === "total") continue;
    calls.all += Number(count);
    if (!HOUSEKEEPING.has(name)) calls.path += Number(count);
  }
  if (calls.all === 0) throw new Error(`strace counted nothing:\n${table}`);
  return calls;
}

/**
 * Runs a program under strace to its end, or until `drive` has ended it with SIGTERM.
 * @param {string[]} program
 * @param {(strace: import("node:child_process").ChildProcess) => Promise<void>} [drive]
 * @param {Record<string, string>} [env]
 */
async function count(program, drive, env) {
  const table = join(root, "build/guard/strace");
  const options = ["-f", "-c", "--summary-columns=calls,name", "-o", table];
  const strace = spawn("strace", [...options, process.execPath, ...program], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve, reject) => {
    strace.once("error", reject).once("close", (code, signal) => resolve(signal ?? code));
  });
  try {
    await Promise.race([drive?.(strace), ended]);
  } finally {
    // strace ignores signals as long as it has a child.
    if (drive && strace.exitCode === null && strace.pid)
      process.kill(childOf(strace.pid), "SIGTERM");
  }
  const how = await ended; // as the program did: strace passes it on
  if (how !== (drive ? "SIGTERM" : 0)) throw new Error(`${program.join(" ")} ended with ${how}`);
  return sum(readFileSync(table, "utf8"));
}

const clock = new Int32Array(new SharedArrayBuffer(4));
const pause = (/** @type {number} */ ms) => Atomics.wait(clock, 0, 0, ms);

/** @param {number} pid */
const childOf = (pid) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));

/**
 * One message per round, each long after the answer to the one before it.
 * @param {import("node:child_process").ChildProcess} strace
 * @param {number} rounds
 */
async function lateRounds(strace, rounds) {
  const conn = connect(await portOf(strace));
  for (let round = 0; round < rounds; round++) {
    conn.sendall("late");
    conn.recv(BYTES);
    pause(LATE_MS);
  }
  conn.close();
}

/** @param {import("node:child_process").ChildProcess} strace */
async function portOf({ stdout }) {
  const line = await new Promise((resolve) =>
    createInterface({ input: stdout }).once("line", resolve),
  );
  return Number(line.split(" ")[1]);
}

/** @param {number} port */
function connect(port) {
  const conn = createConnection(["127.0.0.1", port], { timeout: 60 });
  conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  return conn;
}

/** @param {number} pid @param {string} state a letter of proc(5): S is asleep, T is stopped */
function untilIn(pid, state) {
  while (!readFileSync(`/proc/${pid}/stat`, "latin1").includes(`) ${state} `)) pause(0.1);
}

/**
 * In each round a message on every connection. All are written before the server sees the first: it is
 * asleep in its wait, and while strace is stopped it cannot get beyond the end of that system call.
 * Otherwise the number of waits would depend on which side is faster.
 * @param {import("node:child_process").ChildProcess} strace
 * @param {number} rounds
 * @param {number} [bytes] per message
 */
async function echoRounds(strace, rounds, bytes = BYTES) {
  const port = await portOf(strace);
  const message = Buffer.alloc(bytes, "echo");
  const conns = Array.from({ length: CONNECTIONS }, () => connect(port));
  const server = childOf(strace.pid);
  for (let round = 0; round < rounds; round++) {
    untilIn(server, "S");
    strace.kill("SIGSTOP");
    untilIn(strace.pid, "T");
    for (const conn of conns) conn.sendall(message);
    strace.kill("SIGCONT");
    for (const conn of conns) {
      for (let got = 0; got < bytes; ) {
        const { length } = conn.recv(bytes);
        if (length === 0) throw new Error("the echo server closed a connection");
        got += length;
      }
    }
  }
  for (const conn of conns) conn.close();
}

/** @param {import("node:child_process").ChildProcess} strace @param {number} rounds */
const longRounds = (strace, rounds) => echoRounds(strace, rounds, LONG_BYTES);

/**
 * @param {(strace: import("node:child_process").ChildProcess, rounds: number) => Promise<void>} drive
 * @param {{ server?: string, ring?: boolean }} [how] `ring`: whether many calls may be one of io_uring's
 */
const echo =
  (drive, { server = "bench/peers/tcp-echo/berkeley.mjs", ring = true } = {}) =>
  (/** @type {number} */ rounds) =>
    count([server], (strace) => drive(strace, rounds), { UV_USE_IO_URING: ring ? "1" : "0" });

/** @param {string} order @returns {(rounds: number) => Promise<Calls>} */
const datagrams = (order) => (rounds) =>
  count(["test/guard/datagrams.mjs", order, String(rounds)], undefined, {
    UV_USE_IO_URING: order === "to" ? "0" : "1",
  });

const overBudget = (/** @type {number} */ rounds) =>
  count(["test/guard/over-budget.mjs", String(OVER_BUDGET), String(rounds)]);

const blocking = (/** @type {number} */ rounds) =>
  count(["test/guard/blocking.mjs", String(rounds)]);

/** @param {(rounds: number) => Promise<Calls>} run @param {number} messages a round */
async function perMessage(run, messages) {
  const [once, twice] = [await run(ROUNDS), await run(2 * ROUNDS)];
  return {
    all: (twice.all - once.all) / (ROUNDS * messages),
    path: (twice.path - once.path) / (ROUNDS * messages),
  };
}

/** The limits are absolute, such as 2.1 per message, and for a datagram 0.05 to send it and 0.05 to receive
 * it. The recorded figure may be exceeded by less than one more call per round, let alone one more per
 * message. */
export const systemCalls = [
  {
    name: `a message echoed, ${CONNECTIONS} connections, without io_uring`,
    limit: 2.1,
    slack: 0.9 / CONNECTIONS,
    measure: () => perMessage(echo(echoRounds, { ring: false }), CONNECTIONS),
  },
  {
    // A tick's reads are one call, and its sends a few.
    name: `a message echoed, ${CONNECTIONS} connections`,
    isLeftOut: !has.io_uring,
    limit: 0.3,
    slack: PACED,
    measure: () => perMessage(echo(echoRounds), CONNECTIONS),
  },
  {
    name: `a message of ${LONG_BYTES} bytes echoed, ${CONNECTIONS} connections`,
    isLeftOut: !has.io_uring,
    limit: 0.5,
    slack: PACED,
    measure: () => perMessage(echo(longRounds), CONNECTIONS),
  },
  {
    // The calls after a delay are not to be made one by one.
    name: `a message echoed, ${CONNECTIONS} connections, one in ${CONNECTIONS} slowly`,
    isLeftOut: !has.io_uring,
    limit: 0.5,
    slack: PACED,
    measure: () => perMessage(echo(echoRounds, { server: "test/guard/delayed.mjs" }), CONNECTIONS),
  },
  {
    // It would be three if the parts were not joined. A part goes by itself if the tick's calls are made
    // between the two, which depends on the time: up to five of a hundred on a machine with other work.
    name: `a message echoed in two parts, ${CONNECTIONS} connections, without io_uring`,
    limit: 2.5,
    slack: 0.2,
    measure: () =>
      perMessage(
        echo(echoRounds, { server: "test/guard/two-parts.mjs", ring: false }),
        CONNECTIONS,
      ),
  },
  {
    // recv, send, and the event loop's own two waits; vain looks after them add a part of one.
    name: "a message echoed, one connection, each late",
    limit: 4.5,
    slack: 0.5,
    measure: () => perMessage(echo(lateRounds), 1),
  },
  {
    name: `a datagram sent and received, ${BATCH} a call, which are there`,
    limit: 2 * 0.05,
    slack: 0.5 / BATCH,
    measure: () => perMessage(datagrams("ready"), BATCH),
  },
  {
    name: `a datagram sent and received, ${BATCH} a call, which are waited for`,
    limit: 2 * 0.05,
    slack: 0.5 / BATCH,
    measure: () => perMessage(datagrams("waiting"), BATCH),
  },
  {
    name: `a datagram sent and received, one a call, ${BATCH} calls at once`,
    limit: 0.2,
    slack: PACED,
    measure: () => perMessage(datagrams("single"), BATCH),
  },
  {
    name: `a datagram sent and received by address, one a call, ${BATCH} calls at once, without io_uring`,
    limit: 0.2,
    slack: PACED,
    measure: () => perMessage(datagrams("to"), BATCH),
  },
  {
    // It would be one each if the sends that wait for the next turn were not made together.
    name: `a message sent on one stream, ${OVER_BUDGET} at once`,
    limit: 0.1,
    slack: 0.05,
    measure: () => perMessage(overBudget, OVER_BUDGET),
  },
  {
    // recv and send; vain looks before recv add a part of one.
    name: "a message echoed, blocking, each late",
    limit: 2.5,
    slack: 0.5,
    measure: () => perMessage(echo(lateRounds, { server: "test/guard/blocking-echo.mjs" }), 1),
  },
  {
    name: "a message sent and received, blocking, with a timeout",
    limit: 3.5, // send, poll, recv
    slack: 0.5,
    measure: () => perMessage(blocking, 1),
  },
];
