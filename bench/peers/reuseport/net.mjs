// Before Node 23 a listener of node:net cannot share its port; cluster is what it has instead.
import cluster from "node:cluster";
import { createServer } from "node:net";

const WORK_US = 100;

if (cluster.isPrimary) {
  const workers = Number(process.argv[3]);
  let listening = 0;
  cluster.schedulingPolicy = cluster.SCHED_NONE; // the workers accept, the kernel chooses which
  for (let i = 0; i < workers; i++) cluster.fork();
  cluster.on("listening", (_, { port }) => {
    if (++listening === workers) console.log("ready", port);
  });
} else {
  createServer((conn) => {
    conn.on("data", (data) => {
      work();
      conn.write(data);
    });
    conn.on("error", () => conn.destroy());
  }).listen(0, "127.0.0.1");
}

function work() {
  const until = performance.now() + WORK_US / 1000;
  while (performance.now() < until);
}
