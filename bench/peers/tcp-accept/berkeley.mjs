import { createServer } from "berkeley";

const listener = createServer(["127.0.0.1", 0]);
console.log("ready", listener.getsockname()[1]);
for await (const [conn] of listener) conn.close();
