import { AF_INET, SOCK_RAW, socket } from "berkeley";

const PROTOCOL = 253;
const IN_FLIGHT = 64;
const [host] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const sock = socket(AF_INET, SOCK_RAW, PROTOCOL);
await sock.connect([host, 0]);
async function send() {
  for (;;) await sock.send(message);
}
for (let i = 0; i < IN_FLIGHT; i++) send();
