import { writeFileSync } from "node:fs";
import type { AddressInput, Family, Socket } from "berkeley";
import { attempt, errnoName, listening, net, say, unusedPort } from "../support.js";

async function connectEx<F extends Family>(
  s: Socket<F>,
  address: AddressInput<F>,
): Promise<string> {
  return errnoName(await s.connectEx(address));
}

const listener = listening();
const nobody: [string, number] = ["127.0.0.1", unusedPort()];

let s = net.socket();
say("connected", await connectEx(s, listener.getsockname()));
say("connected already", await connectEx(s, listener.getsockname()));
say("refused", await connectEx(net.socket(), nobody));

s = net.socket();
s.settimeout(5);
say("connected within a timeout", await connectEx(s, listener.getsockname()));
s = net.socket();
s.settimeout(5);
say("refused within a timeout", await connectEx(s, nobody));
s = net.socket();
s.settimeout(0);
say("without blocking", await connectEx(s, listener.getsockname()));

say("a listener", await connectEx(listener, listener.getsockname()));
s = net.socket();
s.close();
say("closed", await connectEx(s, listener.getsockname()));

const unix = () => net.socket(net.AF_UNIX);
say("no such path", await connectEx(unix(), "none"));
const stale = unix();
stale.bind("stale");
stale.close();
say("a path that nobody listens on", await connectEx(unix(), "stale"));
writeFileSync("file", "");
say("a path that is no socket", await connectEx(unix(), "file"));
const datagram = net.socket(net.AF_UNIX, net.SOCK_DGRAM);
datagram.bind("datagram");
say("a socket of another type", await connectEx(unix(), "datagram"));
say("the unnamed address", await connectEx(unix(), ""));
say("an unknown abstract name", await connectEx(unix(), "\0berkeley-nobody-has-this"));

await attempt("no such port", () => net.socket().connectEx(["127.0.0.1", 65536]));
await attempt("no such host", () => net.socket().connectEx(["x".repeat(64), 1]));
