import { AF_INET, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET, socket } from "berkeley";

const sock = socket(AF_INET, SOCK_DGRAM);
sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 << 20);
sock.bind(["127.0.0.1", 0]);
console.log("ready", sock.getsockname()[1]);
for (;;) await sock.recvfrom(2048);
