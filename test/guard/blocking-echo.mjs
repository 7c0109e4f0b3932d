// An echo server for one connection, with blocking calls.
import { createServer } from "berkeley/sync";

const listener = createServer(["127.0.0.1", 0]);
console.log("ready", listener.getsockname()[1]);
const [conn] = listener.accept();
for (;;) {
  const data = conn.recv(65536);
  if (data.length === 0) break;
  conn.sendall(data);
}
