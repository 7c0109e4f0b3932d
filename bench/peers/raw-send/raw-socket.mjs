import { requirePeer } from "../../lib/peer-modules.mjs";

const PROTOCOL = 253;
const IN_FLIGHT = 64;
const [host] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const sock = requirePeer("raw-socket").createSocket({ protocol: PROTOCOL });
sock.on("error", () => {});
sock.pauseRecv(); // it would receive what it sends
const send = () => sock.send(message, 0, message.length, host, send);
for (let i = 0; i < IN_FLIGHT; i++) send();
