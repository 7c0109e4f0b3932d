import { createServer } from "node:net";

const server = createServer((conn) => {
  conn.on("data", (data) => conn.write(data));
  conn.on("error", () => conn.destroy());
});
server.listen(process.argv[2], () => console.log("ready"));
