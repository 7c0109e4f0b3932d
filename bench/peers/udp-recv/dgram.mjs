import { createSocket } from "node:dgram";

const sock = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
sock.on("message", () => {});
sock.bind(0, "127.0.0.1", () => console.log("ready", sock.address().port));
