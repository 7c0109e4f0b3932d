import { createServer } from "node:net";

const server = createServer({ noDelay: true }, (conn) => {
  conn.on("data", (data) => conn.write(data));
  conn.on("error", () => conn.destroy());
});
server.listen(0, "127.0.0.1", () => console.log("ready", server.address().port));
