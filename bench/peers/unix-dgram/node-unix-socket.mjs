import { requirePeer } from "../../lib/peer-modules.mjs";

const { DgramSocket } = requirePeer("node-unix-socket");
const sock = new DgramSocket();
sock.on("data", (data, path) => sock.sendTo(data, 0, data.length, path));
sock.bind(process.argv[2]);
console.log("ready");
