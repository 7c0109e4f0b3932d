import { createServer } from "berkeley";

const listener = createServer(["127.0.0.1", 0]);
console.log("ready", listener.getsockname()[1]);
const [conn] = await listener.accept();
const buffer = Buffer.alloc(65536);
while ((await conn.recvInto(buffer)) > 0);
