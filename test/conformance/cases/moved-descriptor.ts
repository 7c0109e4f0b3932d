import type { Family } from "berkeley";
import { attempt, net, same, say, tcpPair } from "../support.js";

/** `socket(…, { fileno })` with what is given; the rest is read from the descriptor. */
function of(fileno: number, family?: Family, type?: number, proto?: number) {
  return net.socket(family, type, proto, { fileno });
}

let [client, server] = await tcpPair();
client.settimeout(5);
let number = client.fileno();
say("detach gives the number", client.detach() === number, client.fileno());
await attempt("the one that was left", () => client.recv(10));
await attempt("its close", () => client.close());

const moved = of(number);
say("made of the number", moved.fileno() === number);
say("read from the descriptor", moved.family, moved.type, moved.proto, moved.gettimeout());
say("own", moved.getsockname());
await server.sendall("hello");
await attempt("recv", () => moved.recv(10));
await attempt("send", () => moved.send("answer"));
await attempt("it arrives", () => server.recv(10));

for (const [family, type, proto] of [
  [net.AF_INET, net.SOCK_DGRAM, 0],
  [net.AF_INET, net.SOCK_DGRAM, net.IPPROTO_UDP],
  [net.AF_UNIX, net.SOCK_STREAM, 0],
  [net.AF_UNIX, net.SOCK_SEQPACKET, 0],
] as const) {
  const s = of(net.socket(family, type, proto).detach());
  say("read from the descriptor", s.family, s.type, s.proto);
}

// Values that are given are taken as they are.
number = net.socket().detach();
let s = of(number, net.AF_UNIX, net.SOCK_DGRAM, 7);
say("all given", s.family, s.type, s.proto);
s = of(s.detach(), net.AF_INET6);
say("family given", s.family, s.type, s.proto);
s = of(s.detach(), undefined, net.SOCK_DGRAM);
say("type given", s.family, s.type, s.proto);
await attempt("not a number", () => of("3" as never));

// A listener moves as well, and the type may ask for a timeout of 0.
let listener = net.socket();
listener.bind(["127.0.0.1", 0]);
listener.listen();
listener = net.socket(net.AF_INET, undefined, undefined, { fileno: listener.detach() });
client = net.socket();
await client.connect(listener.getsockname());
const [, address] = await listener.accept();
say("accept of a moved listener", same(address, client.getsockname()));
s = of(client.detach(), undefined, net.SOCK_STREAM | net.SOCK_NONBLOCK);
say("SOCK_NONBLOCK", s.type, s.gettimeout());
