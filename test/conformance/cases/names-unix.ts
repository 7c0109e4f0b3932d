import { existsSync, readdirSync } from "node:fs";
import process from "node:process";
import { abstract, attempt, name, net, say } from "../support.js";

const UNIX = net.AF_UNIX;

let s = net.socket(UNIX);
say("not bound", s.getsockname());
await attempt("not connected", () => s.getpeername());

let listener = net.socket(UNIX);
listener.bind("path");
listener.listen();
say("path", listener.getsockname(), existsSync("path"));
await s.connect("path");
let [server, address] = await listener.accept();
say("accept of an unnamed peer", address);
say("peer", s.getpeername(), server.getpeername());
say("own", s.getsockname(), server.getsockname());

const named = net.socket(UNIX);
named.bind("client");
await named.connect("path");
[server, address] = await listener.accept();
say("accept of a named peer", address, server.getpeername());
listener.close();
say("the path stays", existsSync("path"));

listener = net.socket(UNIX);
listener.bind(abstract("abstract"));
listener.listen();
say("abstract", listener.getsockname());
s = net.socket(UNIX);
await s.connect(abstract("abstract"));
say("peer", s.getpeername());

const auto = net.socket(UNIX);
auto.bind("");
const chosen = auto.getsockname();
say("autobind", typeof chosen === "string" && /^\0[0-9a-f]{5}$/.test(chosen));
auto.listen();
s = net.socket(UNIX);
await s.connect(chosen);
say("peer", s.getpeername() === chosen);

const [a, b] = net.socketpair();
say("socketpair", a.getsockname(), b.getpeername());

async function roundTrip(label: string, address: string | Buffer): Promise<void> {
  const listener = net.socket(UNIX);
  listener.bind(address);
  listener.listen();
  const s = net.socket(UNIX);
  await s.connect(address);
  say(label, listener.getsockname(), s.getpeername());
}

await roundTrip("a path in UTF-8", "套接字");
await roundTrip("a path given as bytes", Buffer.from("插座"));
await roundTrip("a path that is not UTF-8", Buffer.from("sock\xff\xfe", "latin1"));
const own = `${process.pid}`;
name(`\0a\0${own}\0`, "with NULs");
await roundTrip("an abstract name with NULs", `\0a\0${own}\0`);
name(`\0${own} 名字`, "in UTF-8");
await roundTrip("an abstract name in UTF-8", `\0${own} 名字`);
const bytes = name(Buffer.from(`\0\xff${own}`, "latin1"), "not UTF-8");
await roundTrip("an abstract name that is not UTF-8", bytes);
await attempt("a path of 1 byte", async () => roundTrip("1 byte", "p"));
for (const entry of readdirSync(".", { encoding: "buffer" }).sort(Buffer.compare)) {
  say("entry", entry);
}
