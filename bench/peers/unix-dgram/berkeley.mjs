import { AF_UNIX, SOCK_DGRAM, socket } from "berkeley";

const TASKS = 8;
const sock = socket(AF_UNIX, SOCK_DGRAM);
sock.bind(process.argv[2]);
console.log("ready");
async function echo() {
  for (;;) {
    const [data, address] = await sock.recvfrom(65536);
    await sock.sendto(data, address);
  }
}
for (let i = 0; i < TASKS; i++) echo();
