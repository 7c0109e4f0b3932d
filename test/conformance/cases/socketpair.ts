import { attempt, net, say } from "../support.js";

const UNIX = net.AF_UNIX;
const kinds: Parameters<typeof net.socketpair>[] = [
  [],
  [UNIX],
  [UNIX, net.SOCK_DGRAM],
  [UNIX, net.SOCK_SEQPACKET, 0],
];
for (const args of kinds) {
  const [a, b] = net.socketpair(...args);
  for (const s of [a, b]) {
    say("socket", s.family, s.type, s.proto, s.gettimeout(), s.getInheritable());
  }
  await a.sendall("hello");
  await attempt("one way", () => b.recv(10));
  await b.sendall("answer");
  await attempt("the other", () => a.recv(10));
}

await attempt("a family without pairs", () => net.socketpair(net.AF_INET));
await attempt("no such family", () => net.socketpair(12345 as never));
await attempt("no such type", () => net.socketpair(UNIX, 99));
