import { AF_INET, SOCK_DGRAM, socket } from "berkeley";

const [host, port] = process.argv[2].split(":");
const sock = socket(AF_INET, SOCK_DGRAM);
await sock.connect([host, Number(port)]);
const contents = Buffer.alloc(Number(process.argv[3]), "a");
for (;;) await sock.send(contents);
