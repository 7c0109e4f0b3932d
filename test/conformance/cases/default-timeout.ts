import { attempt, type Inet, listening, net, say } from "../support.js";

say("at first", net.getdefaulttimeout());
const listener = listening();
listener.settimeout(9);
const clients: Inet[] = [];

async function accepted(): Promise<Inet> {
  const client = net.socket();
  clients.push(client);
  client.settimeout(5);
  await client.connect(listener.getsockname());
  return (await listener.accept())[0];
}

const s = await accepted();
say("accept does not pass the listener's on", s.gettimeout(), s.getblocking());

await attempt("set", () => net.setdefaulttimeout(2.5));
say("then", net.getdefaulttimeout());
say("socket", net.socket().gettimeout());
say("socketpair", ...net.socketpair().map((s) => s.gettimeout()));
say("accept", (await accepted()).gettimeout());
say("fromfd", net.fromfd(s.fileno(), net.AF_INET, net.SOCK_STREAM).gettimeout());
say("dup copies the socket's", s.dup().gettimeout());
say("a socket made before", listener.gettimeout());
const fileno = net.socket().detach();
say("made of a number", net.socket(undefined, undefined, undefined, { fileno }).gettimeout());
const nonblocking = net.socket(net.AF_INET, net.SOCK_STREAM | net.SOCK_NONBLOCK);
say("SOCK_NONBLOCK", nonblocking.gettimeout());

net.setdefaulttimeout(0.05);
let [a] = net.socketpair();
await attempt("it is kept", () => a.recv(1));
await attempt("by accept as well", async () => (await accepted()).recv(1));

net.setdefaulttimeout(0);
say("zero", net.getdefaulttimeout());
[a] = net.socketpair();
say("a pair", a.gettimeout(), a.getblocking());
await attempt("recv", () => a.recv(1));

await attempt("back to none", () => net.setdefaulttimeout(null));
say("then", net.getdefaulttimeout(), net.socket().gettimeout());
for (const value of [-1, "1" as never]) {
  await attempt("not a timeout", () => net.setdefaulttimeout(value));
}
