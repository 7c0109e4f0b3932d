import { attempt, bound, listening, name, needIPv6, net, say } from "../support.js";

needIPv6();
const INET6 = net.AF_INET6;
const DGRAM = net.SOCK_DGRAM;

const s = net.socket(INET6);
say("not bound", s.getsockname());
await attempt("not connected", () => s.getpeername());

const listener = listening("::1");
const port = listener.getsockname()[1];
say("listener", listener.getsockname());
const client = net.socket(INET6);
await client.connect(["::1", port]);
const [server, address] = await listener.accept();
name(address[1], "client");
say("accept", address);
say("client", client.getsockname(), client.getpeername());
say("server", server.getsockname(), server.getpeername());

const addresses: [string, number, number?, number?][] = [
  ["::1", port],
  ["::1", port, 0],
  ["::1", port, 5],
  ["::1", port, 0, 0],
];
for (const address of addresses) {
  const s = net.socket(INET6);
  await attempt("connect", () => s.connect(address));
  await attempt("its peer", () => s.getpeername());
}

const [a, b] = [bound(DGRAM, "::1", "a"), bound(DGRAM, "::1", "b")];
await a.sendto("hello", b.getsockname());
say("recvfrom", await b.recvfrom(10));

function nameOf(host: string): unknown[] {
  const s = net.socket(INET6, DGRAM);
  s.bind([host, 0]);
  const [bound, , ...rest] = s.getsockname();
  return [bound, ...rest];
}

for (const host of ["", "::", "::1", "0:0::1", "::ffff:127.0.0.1", "127.0.0.1", "localhost"]) {
  await attempt(`bind ${host}`, () => nameOf(host));
}
const six = () => net.socket(INET6);
await attempt("flowinfo out of range", () => six().bind(["::1", 0, 1 << 20]));
await attempt("scope of no interface", () => six().bind(["fe80::1", 0, 0, 9999]));
await attempt("link-local without a scope", () => six().connect(["fe80::1", port]));
await attempt("flowinfo without connecting", () => six().bind(["::1", 0, (1 << 20) - 1]));
