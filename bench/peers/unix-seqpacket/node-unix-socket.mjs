import { requirePeer } from "../../lib/peer-modules.mjs";

const { SeqpacketServer } = requirePeer("node-unix-socket");
const server = new SeqpacketServer();
server.on("connection", (conn) => {
  conn.on("data", (data) => conn.write(data));
  conn.on("error", () => {});
});
server.listen(process.argv[2]);
console.log("ready");
