import { abstract, attempt, bound, listening, net } from "../support.js";

const listener = listening();
await attempt("tcp, one listens", () => net.socket().bind(listener.getsockname()));
await attempt("bind twice", () => listener.bind(["127.0.0.1", 0]));

const udp = bound(net.SOCK_DGRAM);
await attempt("udp", () => net.socket(net.AF_INET, net.SOCK_DGRAM).bind(udp.getsockname()));

// With SO_REUSEADDR both may bind to the name, but only one may listen.
const [a, b] = [net.socket(), net.socket()];
for (const s of [a, b]) s.setsockopt(net.SOL_SOCKET, net.SO_REUSEADDR, 1);
a.bind(["127.0.0.1", 0]);
await attempt("bind of the second", () => b.bind(a.getsockname()));
await attempt("listen of the first", () => a.listen(1));
await attempt("listen of the second", () => b.listen(1));

await attempt("unix path", () => net.socket(net.AF_UNIX).bind("path"));
await attempt("unix path again", () => net.socket(net.AF_UNIX).bind("path"));
const taken = net.socket(net.AF_UNIX);
taken.bind(abstract("taken"));
await attempt("abstract name", () => net.socket(net.AF_UNIX).bind(abstract("taken")));

await attempt("not an address of this machine", () => net.socket().bind(["192.0.2.1", 0]));
await attempt("no such directory", () => net.socket(net.AF_UNIX).bind("none/path"));
await attempt("not a directory", () => net.socket(net.AF_UNIX).bind("path/path"));
