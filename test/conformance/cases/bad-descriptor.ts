import { attempt, type Inet, net, say } from "../support.js";

const calls: Record<string, (s: Inet) => unknown> = {
  accept: (s) => s.accept(),
  bind: (s) => s.bind(["127.0.0.1", 0]),
  connect: (s) => s.connect(["127.0.0.1", 9]),
  dup: (s) => s.dup(),
  getInheritable: (s) => s.getInheritable(),
  getpeername: (s) => s.getpeername(),
  getsockname: (s) => s.getsockname(),
  getsockopt: (s) => s.getsockopt(net.SOL_SOCKET, net.SO_TYPE),
  listen: (s) => s.listen(),
  recv: (s) => s.recv(1),
  recvInto: (s) => s.recvInto(Buffer.alloc(1)),
  recvfrom: (s) => s.recvfrom(1),
  send: (s) => s.send("x"),
  sendall: (s) => s.sendall("x"),
  sendto: (s) => s.sendto("x", ["127.0.0.1", 9]),
  setInheritable: (s) => s.setInheritable(false),
  setsockopt: (s) => s.setsockopt(net.SOL_SOCKET, net.SO_KEEPALIVE, 1),
  settimeout: (s) => s.settimeout(1),
  setblocking: (s) => s.setblocking(true),
  shutdown: (s) => s.shutdown(net.SHUT_RDWR),
};

for (const [label, call] of Object.entries(calls)) {
  const s = net.socket();
  net.close(s.fileno());
  await attempt(`closed elsewhere, ${label}`, () => call(s));
  s.detach();
}

for (const [label, call] of Object.entries(calls)) {
  const s = net.socket();
  s.close();
  await attempt(`closed, ${label}`, () => call(s));
}

let s = net.socket();
net.close(s.fileno());
await attempt("closed elsewhere, close", () => s.close());
await attempt("close again", () => s.close());
say("fileno", s.fileno());

s = net.socket();
s.settimeout(1.5);
s.close();
await attempt("close", () => s.close());
say("closed, detach", s.detach());
say("closed, what is still known", s.family, s.type, s.proto, s.gettimeout());

const none = 9999;
await attempt("no such descriptor", () =>
  net.socket(undefined, undefined, undefined, { fileno: none }),
);
await attempt("fromfd of none", () => net.fromfd(none, net.AF_INET, net.SOCK_STREAM));
await attempt("close of none", () => net.close(none));
await attempt("dup of none", () => net.dup(none));
