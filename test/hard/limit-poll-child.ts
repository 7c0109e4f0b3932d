/** Runs with a limit of no descriptors at all, under which poll(2) fails; limit.test.ts starts it. What do
 * calls say that would wait with it? */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type SocketError, socketpair } from "berkeley/sync";

function messageOf(call: () => unknown): string {
  try {
    return `gave ${call()}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** It has no timeout, but in a worker it waits with poll(2) nevertheless. */
const source = `
  const { parentPort } = require("node:worker_threads");
  const { socketpair } = require("berkeley/sync");
  const [near] = socketpair();
  parentPort.once("message", () => {
    try {
      near.recv(1);
    } catch (error) {
      parentPort.postMessage(error.message);
    }
  });
  parentPort.postMessage("ready");
`;
const worker = new Worker(source, { eval: true });
await once(worker, "message");
const [near, far] = socketpair();
near.settimeout(5);
execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=0:"]);

worker.postMessage("now");
const [inWorker] = await once(worker, "message");
const said = [messageOf(() => near.recv(1)), inWorker];
far.sendall("abc");
near.settimeout(null);
said.push(messageOf(() => near.recv(3)));
near.settimeout(5);
try {
  near.sendall(Buffer.alloc(1 << 24));
} catch (error) {
  said.push(`${(error as SocketError).message}, ${(error as { bytesSent?: number }).bytesSent}`);
}
far.settimeout(0);
let received = 0;
try {
  for (;;) received += far.recv(65_536).length;
} catch {
  said.push(`received ${received}`);
}
process.send?.(said);
process.disconnect();
await worker.terminate();
