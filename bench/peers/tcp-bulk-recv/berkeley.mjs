import { createServer } from "berkeley";

const listener = createServer(["127.0.0.1", 0]);
console.log("ready", listener.getsockname()[1]);
const [conn] = await listener.accept();
while ((await conn.recv(65536)).length > 0);
