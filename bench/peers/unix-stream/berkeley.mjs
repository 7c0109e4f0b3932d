import { AF_UNIX, SOCK_STREAM, socket } from "berkeley";

const listener = socket(AF_UNIX, SOCK_STREAM);
listener.bind(process.argv[2]);
listener.listen();
console.log("ready");
for await (const [conn] of listener) echo(conn).catch(() => conn.close());

async function echo(conn) {
  for (;;) {
    const data = await conn.recv(65536);
    if (data.length === 0) break;
    await conn.sendall(data);
  }
  conn.close();
}
