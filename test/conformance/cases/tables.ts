import { attempt, net, same, say } from "../support.js";

say("gethostname", net.gethostname());
const services: [string, string?][] = [
  ["http"],
  ["http", "tcp"],
  ["domain", "udp"],
  ["http", "none"],
  ["no such service"],
];
for (const args of services) await attempt("getservbyname", () => net.getservbyname(...args));
const ports: [number, string?][] = [[80], [53, "udp"], [80, "none"], [65535], [65536], [-1]];
for (const args of ports) await attempt("getservbyport", () => net.getservbyport(...args));
for (const text of ["tcp", "udp", "icmp", "no such protocol"]) {
  await attempt("getprotobyname", () => net.getprotobyname(text));
}

await attempt("ifNametoindex", () => net.ifNametoindex("lo"));
await attempt("ifIndextoname", () => net.ifIndextoname(1));
say(
  "ifNameindex",
  net.ifNameindex().some((row) => same(row, [1, "lo"])),
);
await attempt("no such name", () => net.ifNametoindex("none"));
await attempt("no such index", () => net.ifIndextoname(9999));

say("CMSG_LEN", ...[0, 1, 4, 100].map((n) => net.CMSG_LEN(n)));
say("CMSG_SPACE", ...[0, 1, 4, 100].map((n) => net.CMSG_SPACE(n)));
await attempt("CMSG_LEN of fewer than none", () => net.CMSG_LEN(-1));

const HOST = net.NI_NUMERICHOST;
const NUMERIC = HOST | net.NI_NUMERICSERV;
await attempt("getnameinfo", () => net.getnameinfo(["127.0.0.1", 80], NUMERIC));
await attempt("getnameinfo of IPv6", () => net.getnameinfo(["::1", 80, 0, 0], NUMERIC));
await attempt("getnameinfo, a service", () => net.getnameinfo(["127.0.0.1", 80], HOST));
await attempt("getnameinfo of a name", () => net.getnameinfo(["localhost", 80], NUMERIC));
await attempt("gethostbyname", () => net.gethostbyname("127.0.0.1"));
await attempt("gethostbyname of a name", () => net.gethostbyname("localhost"));
await attempt("gethostbyname of none", () => net.gethostbyname(""));
await attempt("gethostbynameEx", () => net.gethostbynameEx("127.0.0.1"));
