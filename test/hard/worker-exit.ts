/** Exits while workers wait in every way there is; worker.test.ts starts it. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Task, WAITS } from "./worker-waits.js";

const program = new URL("worker-waits.js", import.meta.url);
const start = (task: Task) => once(new Worker(program, { workerData: task }), "message");

const names = Object.keys(WAITS).filter((name) => !name.startsWith("busy"));
await start({ names, face: "berkeley" });
for (const name of names) await start({ names: [name], face: "berkeley/sync" });
process.exit(7);
