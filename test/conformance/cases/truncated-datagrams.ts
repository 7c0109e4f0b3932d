import { attempt, bound, type Inet, net, say, tcpPair } from "../support.js";

const server = bound(net.SOCK_DGRAM, "127.0.0.1", "server");
const client = bound(net.SOCK_DGRAM, "127.0.0.1", "client");
await client.connect(server.getsockname());

async function sent(data: string): Promise<Inet> {
  await client.send(data);
  return server;
}

await attempt("recv", async () => (await sent("abcdef")).recv(3));
await attempt("recvfrom", async () => (await sent("ghijkl")).recvfrom(3));
let buffer = Buffer.alloc(3);
await attempt("recvInto", async () => (await sent("mnopqr")).recvInto(buffer));
say("buffer", buffer);
await attempt("recvfromInto", async () => (await sent("stuvwx")).recvfromInto(buffer));
say("buffer", buffer);

// With MSG_TRUNC the count is the datagram's own length, and the rest is lost all the same.
const [TRUNC, PEEK] = [net.MSG_TRUNC, net.MSG_PEEK];
await attempt("recvInto, MSG_TRUNC", async () => (await sent("abcdef")).recvInto(buffer, 0, TRUNC));
say("buffer", buffer);
await attempt("and MSG_PEEK", async () => (await sent("ghijkl")).recvInto(buffer, 2, TRUNC | PEEK));
say("buffer", buffer);
await attempt("recvfromInto, MSG_TRUNC", () => server.recvfromInto(buffer, 0, TRUNC));
say("buffer", buffer);
// Python's bytes have the length that is reported, with whatever was in memory after those received.
say("recv, MSG_TRUNC", (await (await sent("mnopqr")).recv(3, TRUNC)).subarray(0, 3));
server.setblocking(false);
await attempt("nothing is left", () => server.recv(10));

const [a, b] = net.socketpair(net.AF_UNIX, net.SOCK_SEQPACKET);
await a.send("abcdef");
await attempt("seqpacket recv", () => b.recv(3));
await a.send("ghijkl");
await attempt("seqpacket recvInto, MSG_TRUNC", () => b.recvInto(buffer, 0, TRUNC));
say("buffer", buffer);

// On a TCP stream MSG_TRUNC throws bytes away.
const [x, y] = await tcpPair();
await x.sendall("abcdefghi");
buffer = Buffer.alloc(6);
await attempt("tcp, MSG_TRUNC", () => y.recvInto(buffer, 0, TRUNC));
say("buffer", buffer);
await attempt("tcp, what follows", () => y.recv(10));
