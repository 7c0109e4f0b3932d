import { abstract, attempt, net, say } from "../support.js";

function made(address?: string) {
  const s = net.socket(net.AF_UNIX, net.SOCK_DGRAM);
  if (address !== undefined) s.bind(address);
  return s;
}

const server = made("server");
await made().sendto("from nobody", "server");
say("an unnamed sender", await server.recvfrom(100));
await made("client").sendto("from a path", "server");
say("a named sender", await server.recvfrom(100));
await made(abstract("abstract")).sendto("from an abstract name", "server");
say("an abstract sender", await server.recvfrom(100));

const connected = made();
await connected.connect("server");
await connected.send("connected, unnamed");
say("a connected sender", await server.recvfrom(100));
say("its names", connected.getsockname(), connected.getpeername());

const buffer = Buffer.alloc(5);
await made().sendto("again", "server");
say("recvfromInto", await server.recvfromInto(buffer));
say("buffer", buffer);

const [a, b] = net.socketpair(net.AF_UNIX, net.SOCK_DGRAM);
await a.send("pair");
say("of a pair", await b.recvfrom(100));
await attempt("sendto of a pair, to another", () => a.sendto("x", "server"));
await attempt("it arrives", () => server.recvfrom(100));

await attempt("to no path", () => made().sendto("x", "none"));
await attempt("with no address", () => made().send("x"));
await attempt("to the unnamed address", () => made().sendto("x", ""));

const other = made("other");
await other.connect("server");
await attempt("to one that is connected elsewhere", () => made().sendto("x", "other"));
