import { attempt, net } from "../support.js";

// Most of these do not compile; a program in JavaScript can still ask for them.
type Wrong = never;
const tcp = () => net.socket();
const udp = () => net.socket(net.AF_INET, net.SOCK_DGRAM);
const wrong = (value: unknown) => value as Wrong;

for (const port of [65536, -1]) {
  const address: [string, number] = ["127.0.0.1", port];
  await attempt("port of bind", () => tcp().bind(address));
  await attempt("port of connect", () => tcp().connect(address));
  await attempt("port of connectEx", () => tcp().connectEx(address));
  await attempt("port of sendto", () => udp().sendto("x", address));
}
for (const address of [
  "127.0.0.1",
  80,
  null,
  ["127.0.0.1"],
  ["127.0.0.1", "80"],
  [1, 2],
  ["127.0.0.1", 1, 2],
]) {
  await attempt("no IPv4 address", () => tcp().bind(wrong(address)));
}
for (const address of ["::1", ["::1"], ["::1", 1, 2, 3, 4], ["::1", 65536], ["::1", 0, -1]]) {
  await attempt("no IPv6 address", () => net.socket(net.AF_INET6).bind(wrong(address)));
}
for (const address of [1, null, ["127.0.0.1", 1]]) {
  await attempt("no Unix address", () => net.socket(net.AF_UNIX).bind(wrong(address)));
}

const [a] = net.socketpair();
await attempt("recv of fewer than none", () => a.recv(-1));
await attempt("recvfrom of fewer than none", () => a.recvfrom(-1));
await attempt("recv of no number", () => a.recv(wrong("x")));
await attempt("send of a number", () => a.send(wrong(1)));
await attempt("send of nothing", () => a.send(wrong(null)));
await attempt("sendall of a number", () => a.sendall(wrong(1)));
await attempt("sendto without an address", () => udp().sendto("x", wrong(undefined)));
await attempt("shutdown of no number", () => a.shutdown(wrong("x")));
await attempt("listen of no number", () => tcp().listen(wrong("x")));
await attempt("a negative backlog", () => tcp().listen(-1));
await attempt("getsockopt of no number", () => a.getsockopt(wrong("x"), 1));
await attempt("flags of no number", () => a.recv(1, wrong("x")));
for (const flag of [null, "x", 0, 1]) {
  await attempt("setblocking", () => a.setblocking(wrong(flag)));
  await attempt("setInheritable", () => a.setInheritable(wrong(flag)));
  await attempt("then", () => [a.getblocking(), a.getInheritable()]);
}
