import { openSync, truncateSync, writeFileSync } from "node:fs";
import { attempt, listening, net, peer, tcpPair } from "../support.js";

const BYTES = 4 << 20;
writeFileSync("file", "");
truncateSync("file", BYTES);
const file = openSync("file", "r");

// The timeout starts again with each wait: a peer that is slow, but keeps reading, does not end the call.
const listener = listening();
peer("connect", listener.getsockname()[1], "sip");
const [s] = await listener.accept();
s.setsockopt(net.SOL_SOCKET, net.SO_SNDBUF, 65536);
s.settimeout(0.8);
await attempt("to a slow reader", () => s.sendfile(file));
s.shutdown(net.SHUT_WR);
s.settimeout(30);
await attempt("what it counted", () => s.recv(100));

const [a, b] = await tcpPair();
a.settimeout(0.05);
await attempt("to one that does not read", () => a.sendfile(file));
b.close();
