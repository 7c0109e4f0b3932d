/** Blocks on a descriptor of another thread; worker.test.ts starts it. */
import { parentPort, workerData } from "node:worker_threads";
import type { SocketError } from "berkeley";
import { socket } from "berkeley/sync";

const shared = socket(undefined, undefined, undefined, { fileno: workerData });
parentPort?.postMessage("waits");
try {
  shared.recv(1);
} catch (error) {
  const { code, syscall } = error as SocketError;
  parentPort?.postMessage(`${code} ${syscall}`);
}
shared.detach(); // the number may be somebody else's by now
