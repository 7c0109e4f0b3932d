import { attempt, bound, net, say } from "../support.js";

const made = (label: string) => bound(net.SOCK_DGRAM, "127.0.0.1", label);

const [a, b] = [made("a"), made("b")];
await attempt("sendto", () => a.sendto("hello", b.getsockname()));
await attempt("recvfrom", () => b.recvfrom(100));
await attempt("sendto with flags", () => a.sendto("flags", net.MSG_DONTWAIT, b.getsockname()));
await attempt("recv", () => b.recv(100));
await attempt("send, not connected", () => a.send("x"));
await attempt("sendall, not connected", () => a.sendall("x"));

await attempt("connect", () => a.connect(b.getsockname()));
await attempt("send", () => a.send("by send"));
await attempt("sendall", () => a.sendall("by sendall"));
await attempt("recvfrom", () => b.recvfrom(100));
await attempt("recvfrom", () => b.recvfrom(100));
const c = made("c");
await attempt("connected, sendto another", () => a.sendto("x", c.getsockname()));
await attempt("it arrives", () => c.recvfrom(100));
await c.sendto("from a stranger", a.getsockname());
a.settimeout(0.05);
await attempt("a stranger's is not read", () => a.recv(100));
a.settimeout(5);
await b.sendto("from the peer", a.getsockname());
await attempt("the peer's is", () => a.recvfrom(100));

await attempt("the longest", () => a.send(Buffer.alloc(65507)));
say("it arrives", (await b.recv(70000)).length);
await attempt("too long", () => a.send(Buffer.alloc(65508)));
await attempt("sendall too long", () => a.sendall(Buffer.alloc(65508)));
await attempt("to port 0", () => c.sendto("x", ["127.0.0.1", 0]));

const buffer = Buffer.alloc(8, ".");
await b.sendto("abc", a.getsockname());
await attempt("recvfromInto", () => a.recvfromInto(buffer));
say("buffer", buffer);
await b.sendto("defgh", a.getsockname());
await attempt("recvfromInto, nbytes", () => a.recvfromInto(buffer, 2));
say("buffer", buffer);
