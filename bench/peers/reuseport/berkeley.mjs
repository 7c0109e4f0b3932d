import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createServer } from "berkeley";

const WORK_US = 100;

if (isMainThread) {
  const workers = Number(process.argv[3]);
  let port = 0;
  for (let i = 0; i < workers; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: port });
    port = await new Promise((resolve) => worker.once("message", resolve));
  }
  console.log("ready", port);
} else {
  const listener = createServer(["127.0.0.1", workerData], { reusePort: true });
  parentPort.postMessage(listener.getsockname()[1]);
  for await (const [conn] of listener) echo(conn).catch(() => conn.close());
}

async function echo(conn) {
  for (;;) {
    const data = await conn.recv(65536);
    if (data.length === 0) break;
    work();
    await conn.sendall(data);
  }
  conn.close();
}

function work() {
  const until = performance.now() + WORK_US / 1000;
  while (performance.now() < until);
}
