import { attempt, net, say } from "../support.js";

const [a, b] = net.socketpair();
const other = net.socket(net.AF_UNIX, undefined, undefined, { fileno: a.fileno() });
say("one descriptor", other.fileno() === a.fileno());
await b.sendall("abcdef");
await attempt("the first reads", () => a.recv(3));
await attempt("the second reads", () => other.recv(3));
await attempt("the first sends", () => a.sendall("1"));
await attempt("the second sends", () => other.sendall("2"));
await attempt("both arrive", () => b.recv(10));

other.settimeout(0.05);
say("timeouts", a.gettimeout(), other.gettimeout());
await attempt("the second waits", () => other.recv(1));
other.setblocking(true);

await attempt("the first closes", () => a.close());
await attempt("the second reads", () => other.recv(1));
await attempt("the second sends", () => other.send("x"));
await attempt("the second closes", () => other.close());
say("numbers", a.fileno(), other.fileno());
await attempt("the peer sees the end", () => b.recv(1));
