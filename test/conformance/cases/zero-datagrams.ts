import { attempt, bound, net } from "../support.js";

const server = bound(net.SOCK_DGRAM, "127.0.0.1", "server");
const client = bound(net.SOCK_DGRAM, "127.0.0.1", "client");
await attempt("sendto", () => client.sendto("", server.getsockname()));
await attempt("recvfrom", () => server.recvfrom(10));

await client.connect(server.getsockname());
await attempt("send", () => client.send(""));
await attempt("recv", () => server.recv(10));
await attempt("sendall", () => client.sendall(""));
server.settimeout(5);
await attempt("what sendall of nothing sends", () => server.recv(10));

await client.send("first");
await client.send("second");
await attempt("recv of 0 bytes takes none", () => server.recv(0));
await attempt("recvInto an empty buffer neither", () => server.recvInto(Buffer.alloc(0)));
await attempt("recvfrom of 0 bytes does", () => server.recvfrom(0));
await attempt("the next", () => server.recv(10));

for (const [type, label] of [
  [net.SOCK_DGRAM, "datagram"],
  [net.SOCK_SEQPACKET, "seqpacket"],
] as const) {
  const [a, b] = net.socketpair(net.AF_UNIX, type);
  await attempt(`unix ${label} send`, () => a.send(""));
  await attempt(`unix ${label} recv`, () => b.recv(10));
  await a.send("next");
  await attempt(`unix ${label} next`, () => b.recv(10));
}

const [a, b] = net.socketpair();
await attempt("stream send", () => a.send(""));
b.settimeout(0.05);
await attempt("stream recv", () => b.recv(10));
await attempt("stream recv of 0 bytes", () => b.recv(0));
