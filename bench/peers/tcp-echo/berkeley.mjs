import { createServer, IPPROTO_TCP, TCP_NODELAY } from "berkeley";

const listener = createServer(["127.0.0.1", 0]);
listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1); // what it accepts inherits it
console.log("ready", listener.getsockname()[1]);
for await (const [conn] of listener) echo(conn).catch(() => conn.close());

async function echo(conn) {
  for (;;) {
    const data = await conn.recv(65536);
    if (data.length === 0) break;
    await conn.sendall(data);
  }
  conn.close();
}
