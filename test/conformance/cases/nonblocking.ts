import { attempt, bound, errnoName, listening, net, same, say, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
client.setblocking(false);
await attempt("recv", () => client.recv(10));
await attempt("recvInto", () => client.recvInto(Buffer.alloc(10)));
await attempt("recvfrom", () => client.recvfrom(10));

const [a, b] = net.socketpair();
a.setblocking(false);
const much = Buffer.alloc(4 << 20);
const taken = await a.send(much);
say("send takes a part", 0 < taken && taken < much.length);
await attempt("sendall into a full buffer", () => a.sendall(much));
await attempt("send into a full buffer", () => a.send("more"));
server.close();
b.close();

const udp = bound(net.SOCK_DGRAM);
udp.settimeout(0);
await attempt("udp recv", () => udp.recv(10));
await attempt("udp recvfrom", () => udp.recvfrom(10));

const listener = listening("127.0.0.1", 0);
listener.setblocking(false);
await attempt("accept", () => listener.accept());

const s = net.socket();
s.setblocking(false);
await attempt("connect", () => s.connect(listener.getsockname()));
listener.settimeout(5);
const [_accepted, address] = await listener.accept();
say("connectEx when it is done", errnoName(await s.connectEx(listener.getsockname())));
say("connectEx once more", errnoName(await s.connectEx(listener.getsockname())));
say("whole", same(s.getpeername(), listener.getsockname()), same(s.getsockname(), address));

// The queue has room for one connection; the next one stays under way.
const first = net.socket();
await first.connect(listener.getsockname());
const waiting = net.socket();
waiting.setblocking(false);
say("connectEx", errnoName(await waiting.connectEx(listener.getsockname())));
say("connectEx under way", errnoName(await waiting.connectEx(listener.getsockname())));
await attempt("connect under way", () => waiting.connect(listener.getsockname()));
await attempt("send under way", () => waiting.send("early"));
await attempt("recv under way", () => waiting.recv(10));
await attempt("peer under way", () => waiting.getpeername());
