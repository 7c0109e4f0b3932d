import { attempt, net, say } from "../support.js";

const LOCAL = net.gethostname();
const bytes = Buffer.from("localhost");

// The hosts file answers these, or they need no look-up at all.
for (const host of [
  ...["localhost", LOCAL, "127.0.0.1", "127.1", "", "<broadcast>", "0x7f.1", bytes],
]) {
  await attempt("gethostbyname", () => net.gethostbyname(host));
}
for (const host of ["localhost", LOCAL, "127.0.0.1", "127.1", ""]) {
  await attempt("gethostbynameEx", () => net.gethostbynameEx(host));
}
for (const host of ["localhost", "127.0.0.1", "127.1", LOCAL]) {
  await attempt("gethostbyaddr", () => net.gethostbyaddr(host));
}
for (const host of ["localhost", "  localhost\n", "127.0.0.1", LOCAL]) {
  await attempt("getfqdn", () => net.getfqdn(host));
}
const own = await net.getfqdn();
const same = [];
for (const host of ["", "0.0.0.0", "::"]) same.push((await net.getfqdn(host)) === own);
say("getfqdn of none", ...same);
for (const flags of [
  ...[0, net.NI_NUMERICHOST, net.NI_NUMERICSERV, net.NI_DGRAM, net.NI_NAMEREQD],
]) {
  await attempt("getnameinfo", () => net.getnameinfo(["127.0.0.1", 53], flags));
}
const NUMERIC = net.NI_NUMERICHOST | net.NI_NUMERICSERV;
type Address = Parameters<typeof net.getnameinfo>[0];
const addresses: Address[] = [
  ["127.1", 1],
  ["::1", 1],
  ["::1", 1, 0, 0],
  ["fe80::1", 1, 0, 1],
  ["localhost", 1],
];
for (const address of addresses) {
  await attempt("getnameinfo", () => net.getnameinfo(address, NUMERIC));
}
for (const address of [["::1", 1, 0x100000], [null, 1], ["127.0.0.1"], ["", 1]]) {
  const wrong = address as unknown as Address;
  await attempt("getnameinfo of no address", () => net.getnameinfo(wrong, NUMERIC));
}
await attempt("flags that there are not", () => net.getnameinfo(["127.0.0.1", 1], 1 << 20));
await attempt("an IPv6 address", () => net.gethostbyname("::1"));
await attempt("no name", () => net.gethostbyname(1 as never));
await attempt("no name", () => net.gethostbynameEx(1 as never));
await attempt("no name", () => net.gethostbyaddr(1 as never));
const http = Buffer.from("http");
await attempt("no look-up", () => net.getaddrinfo(bytes, http, net.AF_INET, 1));
// Hosts with letters of other scripts, and with what a URL would make something else of.
const NAMES = [
  ...["127.0.0.1/ü", "127.0.0.1?ü", "127.0.0.1#ü", "127.0.0.1\\ü", "127.0.0.1:1/ü"],
  ...["127.0.0.1\tü", "127.0.\n0.1/ü", "ü@127.0.0.1", "%31%32%37.0.0.1/ü", "::1/ü", "[::1]/ü"],
  ...["１２７.０.０.１", "１２７.１", "127。0。0。1", "０x7f.1", "０10.1"],
  ...["１.2.3.4.", "０x", "０x.1", "ü"],
];
for (const host of NAMES) {
  for (const family of [net.AF_INET, net.AF_INET6]) {
    const hints = [family, net.SOCK_STREAM, 0, net.AI_NUMERICHOST] as const;
    await attempt("no URL", () => net.getaddrinfo(host, 1, ...hints));
  }
}
for (const host of ["１２７.０.０.１", "127。1", "ｌｏｃａｌｈｏｓｔ"]) {
  await attempt("gethostbyname", () => net.gethostbyname(host));
}
