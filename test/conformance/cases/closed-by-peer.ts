import { attempt, type Inet, net, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
await server.sendall("last words");
server.close();
await attempt("what was sent before", () => client.recv(100));
await attempt("recv", () => client.recv(100));
await attempt("recv again", () => client.recv(100));
await attempt("recvInto", () => client.recvInto(Buffer.alloc(10)));
await attempt("recvfrom", () => client.recvfrom(10));
client.setblocking(false);
await attempt("recv without blocking", () => client.recv(100));

async function sendUntilRefused(s: Inet): Promise<never> {
  for (;;) await s.send("is anybody there?");
}

client.setblocking(true);
await attempt("send", async () => sendUntilRefused(client));

let [a, b] = net.socketpair();
b.close();
await attempt("unix recv", () => a.recv(10));
await attempt("unix send", () => a.send("x"));
await attempt("unix sendall", () => a.sendall("x"));

[a, b] = net.socketpair();
await a.sendall("unread");
b.close();
await attempt("unix recv, closed with data unread", () => a.recv(10));
await attempt("unix recv again", () => a.recv(10));

[a, b] = net.socketpair(net.AF_UNIX, net.SOCK_DGRAM);
b.close();
await attempt("unix datagram send", () => a.send("x"));
a.settimeout(0.05);
await attempt("unix datagram recv", () => a.recv(10));
