import { AF_INET, SOCK_DGRAM, socket } from "berkeley";

const [host, port] = process.argv[2].split(":");
const [size, batch = 1, segments = 1] = process.argv.slice(3).map(Number);
const sock = socket(AF_INET, SOCK_DGRAM);
await sock.connect([host, Number(port)]);
const contents = Buffer.alloc(size * segments, "a");
const message = segments > 1 ? { contents, segmentSize: size } : contents;
const messages = Array.from({ length: batch }, () => message);
if (batch === 1 && segments === 1) for (;;) await sock.send(contents);
for (;;) await sock.sendmmsg(messages);
