import { createSocket } from "node:dgram";

const IN_FLIGHT = 64;
const [host, port] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const sock = createSocket({ type: "udp4", sendBufferSize: 4 << 20 });
sock.on("error", () => {});
const send = () => sock.send(message, send);
sock.connect(Number(port), host, () => {
  for (let i = 0; i < IN_FLIGHT; i++) send();
});
