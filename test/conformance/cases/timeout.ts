import { attempt, bound, errnoName, listening, net, say, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
client.settimeout(0.05);
await attempt("recv", () => client.recv(10));
await attempt("recvInto", () => client.recvInto(Buffer.alloc(10)));
await attempt("recvfrom", () => client.recvfrom(10));
client.settimeout(5);
await server.sendall("late");
await attempt("recv once it is there", () => client.recv(10));

const udp = bound(net.SOCK_DGRAM);
udp.settimeout(0.05);
await attempt("udp recv", () => udp.recv(10));
await attempt("udp recvfrom", () => udp.recvfrom(10));
await attempt("udp recvfromInto", () => udp.recvfromInto(Buffer.alloc(10)));

// The kernel drops what comes to a listener whose queue is full: the second is not answered.
const full = listening("127.0.0.1", 0);
const first = net.socket();
await first.connect(full.getsockname());
const second = net.socket();
second.settimeout(0.05);
await attempt("connect", () => second.connect(full.getsockname()));
const third = net.socket();
third.settimeout(0.05);
say("connectEx", errnoName(await third.connectEx(full.getsockname())));

const idle = listening();
idle.settimeout(0.05);
await attempt("accept", () => idle.accept());
