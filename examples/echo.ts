import { createServer, type Socket } from "berkeley";

async function echo(conn: Socket) {
  for (;;) {
    const data = await conn.recv(4096);
    if (data.length === 0) break; // the client has gone
    await conn.sendall(data);
  }
  conn.close();
}

const listener = createServer(["127.0.0.1", Number(process.argv[2] ?? 9999)]);
console.log("listening on", listener.getsockname());
for await (const [conn, address] of listener) {
  console.log(address, "is here");
  echo(conn).catch(console.error); // not awaited: the next client need not wait
}
