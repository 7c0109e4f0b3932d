// A TCP echo server that answers each message in two parts.
import { createServer } from "berkeley";

const listener = createServer(["127.0.0.1", 0]);
console.log("ready", listener.getsockname()[1]);
for await (const [conn] of listener) echo(conn).catch(() => conn.close());

async function echo(conn) {
  for (;;) {
    const data = await conn.recv(65536);
    if (data.length === 0) break;
    conn.sendall(data.subarray(0, 1));
    await conn.sendall(data.subarray(1));
  }
  conn.close();
}
