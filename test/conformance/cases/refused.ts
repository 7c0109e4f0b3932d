import { attempt, errnoName, listening, net, say, unusedPort } from "../support.js";

const nobody: [string, number] = ["127.0.0.1", unusedPort()];
let s = net.socket();
await attempt("connect", () => s.connect(nobody));
await attempt("connect again", () => s.connect(nobody));
await attempt("its peer", () => s.getpeername());
const listener = listening();
await attempt("connect to one that listens", () => s.connect(listener.getsockname()));
await attempt("its peer", () => s.getpeername());

say("connectEx", errnoName(await net.socket().connectEx(nobody)));

s = net.socket();
s.settimeout(5);
await attempt("connect with a timeout", () => s.connect(nobody));
