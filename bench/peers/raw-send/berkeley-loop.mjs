import { AF_INET, SOCK_RAW, socket } from "berkeley";

const PROTOCOL = 253;
const [host] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const sock = socket(AF_INET, SOCK_RAW, PROTOCOL);
await sock.connect([host, 0]);
for (;;) await sock.send(message);
