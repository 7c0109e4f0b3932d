import { attempt, net, say } from "../support.js";

const [a, b] = net.socketpair();
await a.sendall("abcdefghijklmnopqrstuvwxyz");
const buffer = Buffer.alloc(8, ".");
await attempt("nbytes", () => b.recvInto(buffer, 3));
say("buffer", buffer);
await attempt("nbytes 0 is the whole", () => b.recvInto(buffer, 0));
say("buffer", buffer);
await attempt("a part of a larger one", () => b.recvInto(buffer.subarray(2, 5)));
say("buffer", buffer);
await attempt("recvfromInto", () => b.recvfromInto(buffer, 2));
say("buffer", buffer);
await attempt("more than it holds", () => b.recvInto(buffer, 9));
await attempt("recvfromInto more than it holds", () => b.recvfromInto(buffer, 9));
await attempt("a negative count", () => b.recvInto(buffer, -1));
await attempt("recvfromInto a negative count", () => b.recvfromInto(buffer, -1));
await attempt("what cannot be written", () => b.recvInto("text" as never));
await attempt("nothing was lost", () => b.recv(100));
