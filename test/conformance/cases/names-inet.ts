import { attempt, bound, listening, name, net, same, say, tcpPair } from "../support.js";

let s = net.socket();
say("not bound", s.getsockname());
await attempt("not connected", () => s.getpeername());
s.bind(["127.0.0.1", 0]);
say("bound", s.getsockname()[0], s.getsockname()[1] > 0);

const [client, server] = await tcpPair();
say("client", client.getsockname(), same(client.getpeername(), server.getsockname()));
say("server", server.getpeername(), same(server.getsockname(), client.getpeername()));

const listener = listening();
s = net.socket();
s.bind(["127.0.0.2", 0]);
name(s.getsockname()[1], "client");
await s.connect(listener.getsockname());
const [, address] = await listener.accept();
say("accept", address);
say("peer", s.getpeername());

const DGRAM = net.SOCK_DGRAM;
const [a, b] = [bound(DGRAM, "127.0.0.1", "a"), bound(DGRAM, "127.0.0.1", "b")];
await attempt("udp, not connected", () => a.getpeername());
await a.connect(b.getsockname());
say("udp peer", a.getpeername());
await a.connect(["127.0.0.3", b.getsockname()[1]]);
say("connected to another", a.getpeername(), a.getsockname());
const anyUdp = net.socket(net.AF_INET, DGRAM);
await anyUdp.connect(b.getsockname());
say("connect chooses the own address", anyUdp.getsockname()[0]);

function nameOf(host: string): string {
  const s = net.socket(net.AF_INET, DGRAM);
  s.bind([host, 0]);
  return s.getsockname()[0];
}

for (const host of ["", "0.0.0.0", "localhost", "127.1", "0x7f.0.0.1", "<broadcast>"]) {
  await attempt(`bind ${host}`, () => nameOf(host));
}
s = net.socket();
await s.connect(["", listener.getsockname()[1]]);
say("connect to any address", s.getpeername());

for (const host of ["::1", "x".repeat(64)]) {
  await attempt(`host of ${host.length} characters`, () => nameOf(host));
}
