/** Blocks on a descriptor of another thread; worker.test.ts starts it. */
import { parentPort, workerData } from "node:worker_threads";
import type { SocketError } from "berkeley";
import { socket } from "berkeley/sync";

const shared = socket(undefined, undefined, undefined, { fileno: workerData });
parentPort?.postMessage("waits");
try {
  shared.recv(1);
} catch (error) {
  parentPort?.postMessage((error as SocketError).code);
}
shared.detach(); // the number may be somebody else's by now
