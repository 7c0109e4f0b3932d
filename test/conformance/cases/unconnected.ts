import type { Family, Socket } from "berkeley";
import { attempt, bound, listening, net, tcpPair } from "../support.js";

const [UNIX, STREAM, DGRAM] = [net.AF_UNIX, net.SOCK_STREAM, net.SOCK_DGRAM];
const kinds: Record<string, () => Socket<Family>> = {
  tcp: () => net.socket(),
  "tcp listener": () => listening(),
  udp: () => net.socket(net.AF_INET, DGRAM),
  "unix stream": () => net.socket(UNIX, STREAM),
  "unix datagram": () => net.socket(UNIX, DGRAM),
  "unix seqpacket": () => net.socket(UNIX, net.SOCK_SEQPACKET),
};
const calls: Record<string, (s: Socket<Family>) => unknown> = {
  send: (s) => s.send("x"),
  sendall: (s) => s.sendall("x"),
  "recv without blocking": (s) => s.recv(1, net.MSG_DONTWAIT),
  "recvfrom without blocking": (s) => s.recvfrom(1, net.MSG_DONTWAIT),
  getpeername: (s) => s.getpeername(),
  shutdown: (s) => s.shutdown(net.SHUT_WR),
};
for (const [kind, make] of Object.entries(kinds)) {
  for (const [label, call] of Object.entries(calls)) {
    const s = make();
    await attempt(`${kind} ${label}`, () => call(s));
  }
}

await attempt("accept without listen", () => bound(STREAM).accept());
await attempt("listen without bind", () => net.socket().listen());
await attempt("unix listen without bind", () => net.socket(UNIX).listen());
await attempt("listen twice", () => listening().listen(3));
const [client, server] = await tcpPair();
await attempt("listen when connected", () => client.listen());
await attempt("accept when connected", () => client.accept());
await attempt("connect when connected", () => client.connect(["127.0.0.1", 9]));
await attempt("bind when connected", () => server.bind(["127.0.0.1", 0]));
await attempt("udp listen", () => bound(DGRAM).listen());
await attempt("udp accept", () => bound(DGRAM).accept());
await attempt("unix datagram listen", () => net.socket(UNIX, DGRAM).listen());
await attempt("unix datagram accept", () => net.socket(UNIX, DGRAM).accept());

const listener = listening();
await attempt("shutdown of a listener", () => listener.shutdown(net.SHUT_RDWR));
await attempt("accept", () => listener.accept());
