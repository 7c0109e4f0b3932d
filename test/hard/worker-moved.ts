/** Uses a socket of another thread, and gives it back; worker.test.ts starts it. */
import { parentPort, workerData } from "node:worker_threads";
import { socket } from "berkeley/sync";

const far = socket(undefined, undefined, undefined, { fileno: workerData });
far.sendall(String(far.recv(100)).toUpperCase());
parentPort?.postMessage(far.detach());
