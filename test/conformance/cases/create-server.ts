import type { Socket } from "berkeley";
import { attempt, needIPv6, net, same, say } from "../support.js";

needIPv6();
const SOL = net.SOL_SOCKET;
say("hasIPv6", net.hasIPv6);
say("hasDualstackIPv6", net.hasDualstackIPv6());

function describe(s: Socket<typeof net.AF_INET | typeof net.AF_INET6>): void {
  const [host, port] = s.getsockname();
  say("server", s.family, s.type, host, port > 0, s.gettimeout());
  const option = (name: number) => s.getsockopt(SOL, name);
  say("listens", ...[net.SO_ACCEPTCONN, net.SO_REUSEADDR, net.SO_REUSEPORT].map(option));
}

const ipv4 = net.createServer(["127.0.0.1", 0]);
describe(ipv4);
let client = await net.createConnection(ipv4.getsockname());
const [, address] = await ipv4.accept();
say("accept", same(address, client.getsockname()));
await attempt("in use", () => net.createServer(ipv4.getsockname()));

const shared = net.createServer(["127.0.0.1", 0], { reusePort: true });
describe(shared);
const other = net.createServer(shared.getsockname(), { reusePort: true });
say("shared", same(other.getsockname(), shared.getsockname()));

describe(net.createServer(["", 0]));
const family = net.AF_INET6;
const ipv6 = net.createServer(["::1", 0], { family });
describe(ipv6);
say("IPV6_V6ONLY", ipv6.getsockopt(net.IPPROTO_IPV6, net.IPV6_V6ONLY));
const both = net.createServer(["", 0], { family, dualstackIPv6: true });
describe(both);
say("IPV6_V6ONLY", both.getsockopt(net.IPPROTO_IPV6, net.IPV6_V6ONLY));
client = await net.createConnection(["127.0.0.1", both.getsockname()[1]]);
const [, mapped] = await both.accept();
say("an IPv4 client", mapped[0], mapped[1] === client.getsockname()[1]);

await attempt("dual-stack IPv4", () => net.createServer(["", 0], { dualstackIPv6: true }));
await attempt("not of this machine", () => net.createServer(["192.0.2.1", 0]));

const small = net.createServer(["127.0.0.1", 0], { backlog: 0 });
const full = small.getsockname();
client = await net.createConnection(full);
await attempt("a backlog of 0 holds one", () => net.createConnection(full, { timeout: 0.05 }));

const unix = net.createServer("", { family: net.AF_UNIX });
say("Unix", unix.type, unix.getsockopt(SOL, net.SO_ACCEPTCONN));

net.setdefaulttimeout(2.5);
describe(net.createServer(["127.0.0.1", 0]));
