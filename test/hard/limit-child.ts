/** Runs under a low limit of descriptors; limit.test.ts starts it. A listener with more clients in its queue
 * than it can accept: how much CPU time do the waits of its loop take, and does it recover? */
import { createServer, type Socket } from "berkeley";

const WINDOW_MS = 500;

/** The CPU time of this process over a while in which a loop runs (`busy`), or nothing does. */
async function cpuMs(busy = false): Promise<number> {
  const begin = process.cpuUsage();
  const endMs = performance.now() + WINDOW_MS;
  while (busy && performance.now() < endMs) await new Promise((resolve) => setImmediate(resolve));
  const leftMs = Math.max(endMs - performance.now(), 0);
  await new Promise((resolve) => setTimeout(resolve, leftMs));
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

const send = (message: unknown) => process.send?.(message);
const listener = createServer(["127.0.0.1", 0], { backlog: 500 });
const held: Socket[] = [];
let accepted = 0;
process.on("warning", (warning) => send({ warning: warning.message }));

// The poller and all modules have to be there before the descriptors run out.
const busyMs = await cpuMs(true);
const serving = (async () => {
  for await (const [connection] of listener) {
    accepted++;
    held.push(connection);
  }
})();
const idleMs = await cpuMs();
send({ port: listener.getsockname()[1] });

interface Order {
  /** Measure. */
  measure?: true;
  /** How many connections to close; report when `until` have been accepted in all. */
  close?: number;
  until?: number;
}

process.on("message", async ({ measure, close, until }: Order) => {
  if (measure) {
    send({ idleMs, busyMs, limitMs: await cpuMs(), accepted });
  } else if (close !== undefined && until !== undefined) {
    for (const connection of held.splice(0, close)) connection.close();
    while (accepted < until) await new Promise((resolve) => setTimeout(resolve, 10));
    send({ accepted });
  } else {
    for (const connection of held) connection.close();
    listener.close();
    await serving;
    process.disconnect();
  }
});
