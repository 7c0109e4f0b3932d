import { attempt, bound, net, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
await attempt("recv", () => server.recv(10, net.MSG_DONTWAIT));
await attempt("recvInto", () => server.recvInto(Buffer.alloc(10), 0, net.MSG_DONTWAIT));
await attempt("recvfrom", () => server.recvfrom(10, net.MSG_DONTWAIT));

const udp = bound(net.SOCK_DGRAM);
await attempt("udp recvfrom", () => udp.recvfrom(10, net.MSG_DONTWAIT));

let [a, b] = net.socketpair();
const much = Buffer.alloc(4 << 20);
await attempt("sendall into a full buffer", () => a.sendall(much, net.MSG_DONTWAIT));
await attempt("send into a full buffer", () => a.send("x", net.MSG_DONTWAIT));

client.close();
b.close();

[a, b] = net.socketpair();
await a.send("here");
await attempt("recv of what is there", () => b.recv(10, net.MSG_DONTWAIT));
await attempt("the socket itself still blocks", async () => [b.getblocking(), b.gettimeout()]);
