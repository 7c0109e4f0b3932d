import { attempt, listening, net, same, say, unusedPort } from "../support.js";

const listener = listening();
const address = listener.getsockname();
const nobody: [string, number] = ["127.0.0.1", unusedPort()];

let s = await net.createConnection(address);
const [, client] = await listener.accept();
say("connected", s.family, s.type, s.getpeername(), same(s.getsockname(), client));
say("timeout", s.gettimeout());
say("a timeout given", (await net.createConnection(address, { timeout: 2.5 })).gettimeout());
say("none given", (await net.createConnection(address, { timeout: null })).gettimeout());
net.setdefaulttimeout(7);
say("the default", (await net.createConnection(address)).gettimeout());
say("none given", (await net.createConnection(address, { timeout: null })).gettimeout());
net.setdefaulttimeout(null);

s = await net.createConnection(address, { sourceAddress: ["127.0.0.9", 0] });
say("sourceAddress", s.getsockname()[0]);
const elsewhere: [string, number] = ["192.0.2.1", 0];
await attempt("no address of ours", () =>
  net.createConnection(address, { sourceAddress: elsewhere }),
);

await attempt("refused", () => net.createConnection(nobody));
await attempt("refused, all errors", () => net.createConnection(nobody, { allErrors: true }));
await attempt("by name", async () =>
  (await net.createConnection(["localhost", address[1]])).getpeername(),
);

const full = listening("127.0.0.1", 0);
const first = await net.createConnection(full.getsockname());
await attempt("timed out", () => net.createConnection(full.getsockname(), { timeout: 0.05 }));
first.close();
