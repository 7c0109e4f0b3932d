import { attempt, bound, net, say, tcpPair } from "../support.js";

let [client, server] = await tcpPair();
await client.sendall("abcdef");
await attempt("peek", () => server.recv(3, net.MSG_PEEK));
await attempt("peek more", () => server.recv(10, net.MSG_PEEK));
const buffer = Buffer.alloc(4);
await attempt("peek into", () => server.recvInto(buffer, 0, net.MSG_PEEK));
say("buffer", buffer);
await attempt("recv", () => server.recv(4));
await attempt("peek at the rest", () => server.recv(10, net.MSG_PEEK));
await attempt("recv the rest", () => server.recv(10));
client.close();
await attempt("peek at the end", () => server.recv(10, net.MSG_PEEK));
await attempt("the end", () => server.recv(10));

const a = bound(net.SOCK_DGRAM, "127.0.0.1", "a");
const b = bound(net.SOCK_DGRAM, "127.0.0.1", "b");
await a.sendto("first", b.getsockname());
await a.sendto("second", b.getsockname());
await attempt("peek at a datagram", () => b.recvfrom(3, net.MSG_PEEK));
await attempt("recvfrom", () => b.recvfrom(10));
await attempt("the next", () => b.recv(10));

[client, server] = await tcpPair();
server.settimeout(0.05);
await attempt("peek at nothing", () => server.recv(10, net.MSG_PEEK));
