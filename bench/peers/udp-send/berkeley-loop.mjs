import { AF_INET, SOCK_DGRAM, SOL_UDP, socket, UDP_SEGMENT } from "berkeley";

const [host, port] = process.argv[2].split(":");
const [size, , segments = 1] = process.argv.slice(3).map(Number);
const sock = socket(AF_INET, SOCK_DGRAM);
await sock.connect([host, Number(port)]);
const contents = Buffer.alloc(size * segments, "a");
if (segments > 1) sock.setsockopt(SOL_UDP, UDP_SEGMENT, size);
for (;;) await sock.send(contents);
