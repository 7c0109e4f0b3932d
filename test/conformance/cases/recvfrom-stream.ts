import { attempt, net, say, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
await client.sendall("abcdef");
await attempt("recvfrom", () => server.recvfrom(3));
const buffer = Buffer.alloc(10, ".");
await attempt("recvfromInto", () => server.recvfromInto(buffer));
say("buffer", buffer);
await attempt("sendto another", () => client.sendto("x", ["127.0.0.1", 9]));
await attempt("it comes to the peer", () => server.recv(10));
client.close();
await attempt("the end", () => server.recvfrom(3));

let [a, b] = net.socketpair();
await a.sendall("abc");
await attempt("unix recvfrom", () => b.recvfrom(10));
await attempt("unix sendto", () => a.sendto("x", "path"));

const named = net.socket(net.AF_UNIX);
named.bind("client");
const listener = net.socket(net.AF_UNIX);
listener.bind("listener");
listener.listen();
await named.connect("listener");
const [accepted] = await listener.accept();
await named.sendall("abc");
await attempt("unix recvfrom of a named peer", () => accepted.recvfrom(10));

[a, b] = net.socketpair(net.AF_UNIX, net.SOCK_SEQPACKET);
await a.send("abc");
await attempt("seqpacket recvfrom", () => b.recvfrom(10));
