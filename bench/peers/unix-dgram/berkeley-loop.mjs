import { AF_UNIX, SOCK_DGRAM, socket } from "berkeley";

const sock = socket(AF_UNIX, SOCK_DGRAM);
sock.bind(process.argv[2]);
console.log("ready");
for (;;) {
  const [data, address] = await sock.recvfrom(65536);
  await sock.sendto(data, address);
}
