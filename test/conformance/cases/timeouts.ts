import { attempt, net, say } from "../support.js";

const s = net.socket();
const state = () => [s.gettimeout(), s.timeout, s.getblocking()];

say("at first", ...state());
for (const value of [2.5, 3, 0.001, 1e6, 0, 0.0, null]) {
  await attempt("settimeout", () => s.settimeout(value));
  say("then", ...state());
}
for (const flag of [false, true]) {
  await attempt("setblocking", () => s.setblocking(flag));
  say("then", ...state());
}
s.settimeout(1.5);
for (const value of [-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, "1" as never]) {
  await attempt("not a timeout", () => s.settimeout(value));
}
say("unchanged", ...state());

// Even a very short timeout runs out; the next call has all of it again.
const [a, b] = net.socketpair();
a.settimeout(1e-9);
await attempt("a nanosecond", () => a.recv(1));
await b.send("x");
await attempt("what is there is read", () => a.recv(1));
await attempt("a nanosecond", () => a.recv(1));
