import { attempt, net, say } from "../support.js";

let s = net.socket();
const [SOL, TCP] = [net.SOL_SOCKET, net.IPPROTO_TCP];

/** Ints as C has them in memory. */
const ints = (...values: number[]) => new Uint8Array(new Int32Array(values).buffer);

for (const option of [
  "SO_TYPE",
  "SO_DOMAIN",
  "SO_PROTOCOL",
  "SO_ERROR",
  "SO_ACCEPTCONN",
  "SO_KEEPALIVE",
] as const) {
  say(option, s.getsockopt(SOL, net[option]));
}
s.listen();
say("SO_ACCEPTCONN of a listener", s.getsockopt(SOL, net.SO_ACCEPTCONN));

s = net.socket();
await attempt("a number", () => s.setsockopt(TCP, net.TCP_NODELAY, 1));
await attempt("read back", () => s.getsockopt(TCP, net.TCP_NODELAY));
await attempt("a boolean", () => s.setsockopt(TCP, net.TCP_NODELAY, false));
await attempt("read back", () => s.getsockopt(TCP, net.TCP_NODELAY));
await attempt("bytes", () => s.setsockopt(TCP, net.TCP_NODELAY, ints(1)));
await attempt("read back", () => s.getsockopt(TCP, net.TCP_NODELAY));
await attempt("a negative number", () => s.setsockopt(SOL, net.SO_PRIORITY, -1));
await attempt("the kernel doubles", () => s.setsockopt(SOL, net.SO_SNDBUF, 10000));
await attempt("read back", () => s.getsockopt(SOL, net.SO_SNDBUF));

await attempt("into 4 bytes", () => s.getsockopt(TCP, net.TCP_NODELAY, 4));
await attempt("into 1 byte", () => s.getsockopt(TCP, net.TCP_NODELAY, 1));
await attempt("into 100 bytes", () => s.getsockopt(TCP, net.TCP_NODELAY, 100));
await attempt("into 0 bytes is a number", () => s.getsockopt(TCP, net.TCP_NODELAY, 0));
await attempt("into -1 bytes", () => s.getsockopt(TCP, net.TCP_NODELAY, -1));

await attempt("SO_LINGER", () => s.setsockopt(SOL, net.SO_LINGER, ints(1, 7)));
await attempt("read back", () => s.getsockopt(SOL, net.SO_LINGER, 8));
await attempt("read back as a number", () => s.getsockopt(SOL, net.SO_LINGER));
await attempt("SO_LINGER too short", () => s.setsockopt(SOL, net.SO_LINGER, Buffer.from("\x01")));
await attempt("SO_BINDTODEVICE", () => s.setsockopt(SOL, net.SO_BINDTODEVICE, Buffer.from("lo")));
await attempt("read back", () => s.getsockopt(SOL, net.SO_BINDTODEVICE, 16));
await attempt("null", () => s.setsockopt(SOL, net.SO_BINDTODEVICE, null, 0));
await attempt("read back", () => s.getsockopt(SOL, net.SO_BINDTODEVICE, 16));
await attempt("null where bytes are read", () => s.setsockopt(SOL, net.SO_KEEPALIVE, null, 4));

type Wrong = never; // what the types forbid is tried too
await attempt("null without a length", () => s.setsockopt(SOL, net.SO_KEEPALIVE, null as Wrong));
await attempt("bytes with a length", () =>
  s.setsockopt(SOL, net.SO_KEEPALIVE, ints(1) as Wrong, 4),
);

await attempt("no such option", () => s.setsockopt(SOL, 9999, 1));
await attempt("no such option to read", () => s.getsockopt(SOL, 9999));
await attempt("no such level", () => s.setsockopt(9999, 1, 1));
await attempt("no such level to read", () => s.getsockopt(9999, 1));
await attempt("read only", () => s.setsockopt(SOL, net.SO_TYPE, 1));
await attempt("out of range", () => s.setsockopt(net.IPPROTO_IP, net.IP_TTL, 256));
