// A TCP echo server whose JavaScript takes long now and then, as when garbage is collected.
import { createServer } from "berkeley";

const EVERY = 50;
const DELAY_MS = 2;

const listener = createServer(["127.0.0.1", 0]);
console.log("ready", listener.getsockname()[1]);
let messages = 0;
for await (const [conn] of listener) echo(conn).catch(() => conn.close());

async function echo(conn) {
  for (;;) {
    const data = await conn.recv(65536);
    if (data.length === 0) break;
    if (++messages % EVERY === 0) delay();
    await conn.sendall(data);
  }
  conn.close();
}

function delay() {
  const end = performance.now() + DELAY_MS;
  while (performance.now() < end);
}
