import { attempt, errnoName, net, say, unusedPort } from "../support.js";

const nobody: [string, number] = ["127.0.0.1", unusedPort(net.SOCK_DGRAM)];

const s = net.socket(net.AF_INET, net.SOCK_DGRAM);
await s.connect(nobody);
await attempt("send", () => s.send("x"));
await attempt("recv", () => s.recv(10));
say("the error is told once", errnoName(s.getsockopt(net.SOL_SOCKET, net.SO_ERROR)));
s.settimeout(5);
await attempt("send", () => s.send("x"));
await attempt("recvfrom with a timeout", () => s.recvfrom(10));

await s.send("x");
await attempt("a peek is told as well", () => s.recv(10, net.MSG_PEEK));
await attempt("sendall", () => s.sendall("x"));
await attempt("recvInto", () => s.recvInto(Buffer.alloc(10)));

const loose = net.socket(net.AF_INET, net.SOCK_DGRAM);
loose.settimeout(0.05);
await attempt("sendto", () => loose.sendto("x", nobody));
await attempt("one that is not connected is not told", () => loose.recv(10));
