import { attempt, net, say } from "../support.js";

const [INET, UNIX] = [net.AF_INET, net.AF_UNIX];
const [STREAM, DGRAM, SEQPACKET] = [net.SOCK_STREAM, net.SOCK_DGRAM, net.SOCK_SEQPACKET];
const [NONBLOCK, CLOEXEC] = [net.SOCK_NONBLOCK, net.SOCK_CLOEXEC];
type Args = Parameters<typeof net.socket>;

const kinds: Args[] = [
  [],
  [INET],
  [UNIX],
  [INET, DGRAM],
  [INET, STREAM, net.IPPROTO_TCP],
  [UNIX, SEQPACKET],
  [INET, STREAM | NONBLOCK],
  [INET, DGRAM | CLOEXEC],
  [UNIX, STREAM | NONBLOCK | CLOEXEC],
];
for (const args of kinds) {
  const s = net.socket(...args);
  say("asked", ...args);
  say("family, type, proto", s.family, s.type, s.proto);
  say("timeout, blocking, inheritable", s.gettimeout(), s.getblocking(), s.getInheritable());
}

const [a, b] = net.socketpair(UNIX, DGRAM | NONBLOCK);
say("pair", a.type, b.type, a.gettimeout(), b.gettimeout());
await attempt("recv", () => a.recv(1));

for (const args of [
  [INET, SEQPACKET],
  [INET, STREAM, net.IPPROTO_UDP],
  [INET, 99],
  [UNIX, STREAM, 99],
  [12345],
  [-2],
  [INET, STREAM, -2],
]) {
  await attempt("no such socket", () => net.socket(...(args as Args)));
}
for (const args of [["x"], [INET, "x"], [INET, STREAM, "x"]]) {
  await attempt("no number", () => net.socket(...(args as Args)));
}
