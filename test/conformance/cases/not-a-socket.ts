import { openSync } from "node:fs";
import { attempt, net, say } from "../support.js";

let file = openSync("file", "w+");
const fileno = file;
await attempt("nothing given", () => net.socket(undefined, undefined, undefined, { fileno }));
await attempt("family given", () => net.socket(net.AF_INET, undefined, undefined, { fileno }));
await attempt("all given", () => net.socket(net.AF_INET, net.SOCK_STREAM, 0, { fileno }));

// A descriptor was closed elsewhere, and a file now has its number.
const s = net.socket();
net.close(s.fileno());
while (file !== s.fileno()) file = openSync("file", "r+");
await attempt("accept", () => s.accept());
await attempt("bind", () => s.bind(["127.0.0.1", 0]));
await attempt("connect", () => s.connect(["127.0.0.1", 9]));
await attempt("getpeername", () => s.getpeername());
await attempt("getsockname", () => s.getsockname());
await attempt("getsockopt", () => s.getsockopt(net.SOL_SOCKET, net.SO_TYPE));
await attempt("listen", () => s.listen());
await attempt("recv", () => s.recv(1));
await attempt("send", () => s.send("x"));
await attempt("sendall", () => s.sendall("x"));
await attempt("sendto", () => s.sendto("x", ["127.0.0.1", 9]));
await attempt("setsockopt", () => s.setsockopt(net.SOL_SOCKET, net.SO_KEEPALIVE, 1));
await attempt("shutdown", () => s.shutdown(net.SHUT_RD));
say("getInheritable", s.getInheritable());
await attempt("close", () => s.close());
