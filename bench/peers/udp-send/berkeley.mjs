import { AF_INET, SOCK_DGRAM, SOL_UDP, socket, UDP_SEGMENT } from "berkeley";

const [host, port] = process.argv[2].split(":");
const [size, batch = 1, segments = 1] = process.argv.slice(3).map(Number);
const sock = socket(AF_INET, SOCK_DGRAM);
await sock.connect([host, Number(port)]);
const contents = Buffer.alloc(size * segments, "a");
if (segments > 1) sock.setsockopt(SOL_UDP, UDP_SEGMENT, size);
if (batch === 1) for (;;) await sock.send(contents);
const messages = Array(batch).fill(contents);
for (;;) await sock.sendmmsg(messages);
