import { AF_INET, SOCK_DGRAM, socket } from "berkeley";

const [host, port] = process.argv[2].split(":");
const [size] = process.argv.slice(3).map(Number);
const sock = socket(AF_INET, SOCK_DGRAM);
await sock.connect([host, Number(port)]);
const contents = Buffer.alloc(size, "a");
async function send() {
  for (;;) await sock.send(contents);
}
for (let i = 0; i < 64; i++) send();
