import { AF_INET, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET, SOL_UDP, socket, UDP_GRO } from "berkeley";

const TASKS = 64;
const [batch = 1, segments = 0] = process.argv.slice(3).map(Number);
const sock = socket(AF_INET, SOCK_DGRAM);
sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 << 20);
if (segments > 0) sock.setsockopt(SOL_UDP, UDP_GRO, 1);
sock.bind(["127.0.0.1", 0]);
console.log("ready", sock.getsockname()[1]);
async function receive() {
  for (;;) await sock.recvfrom(2048);
}
async function receiveMany() {
  const size = segments > 0 ? 65536 : 2048;
  const buffer = Buffer.alloc(batch * size);
  for (;;) await sock.recvmmsgInto(buffer, size);
}
if (batch > 1) receiveMany();
else for (let i = 0; i < TASKS; i++) receive();
