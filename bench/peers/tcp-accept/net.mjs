import { createServer } from "node:net";

const server = createServer((conn) => conn.on("error", () => {}).destroy());
server.listen(0, "127.0.0.1", () => console.log("ready", server.address().port));
