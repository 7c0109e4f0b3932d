import { AF_INET, SOCK_DGRAM, SOL_UDP, socket, UDP_SEGMENT } from "berkeley";

const IN_FLIGHT = 64;
const [host, port] = process.argv[2].split(":");
const [size, batch = 1, segments = 1] = process.argv.slice(3).map(Number);
const sock = socket(AF_INET, SOCK_DGRAM);
await sock.connect([host, Number(port)]);
const contents = Buffer.alloc(size * segments, "a");
if (segments > 1) sock.setsockopt(SOL_UDP, UDP_SEGMENT, size);
const messages = Array(batch).fill(contents);
async function send() {
  for (;;) await (batch > 1 ? sock.sendmmsg(messages) : sock.send(contents));
}
const tasks = batch > 1 ? 1 : IN_FLIGHT;
for (let i = 0; i < tasks; i++) send();
