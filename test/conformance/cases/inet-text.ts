import { attempt, net } from "../support.js";

const [INET, INET6] = [net.AF_INET, net.AF_INET6];
const hex = (text: string) => Buffer.from(text, "hex");

for (const text of [
  ...["127.0.0.1", "255.255.255.255", "1.2.3", "1.2", "1", "0x7f.1", "017.0.0.1"],
  ...["1.2.3.256", "", "x", "1.2.3.4.5", " 1.2.3.4", "1.2.3.4 x"],
]) {
  await attempt(`inetAton ${text}`, () => net.inetAton(text));
}
for (const text of ["127.0.0.1", "1.2.3", "01.2.3.4", "::1", ""]) {
  await attempt(`inetPton AF_INET ${text}`, () => net.inetPton(INET, text));
}
for (const text of [
  ...["::", "::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1"],
  ...["fe80::1%lo", "1::2::3", "127.0.0.1", "12345::", ":"],
]) {
  await attempt(`inetPton AF_INET6 ${text}`, () => net.inetPton(INET6, text));
}
await attempt("inetPton of another family", () => net.inetPton(net.AF_UNIX, "x"));
for (const packed of ["7f000001", "ffffffff", "010203", ""].map(hex)) {
  await attempt("inetNtoa", () => net.inetNtoa(packed));
  await attempt("inetNtop AF_INET", () => net.inetNtop(INET, packed));
}
for (const packed of [
  "00000000000000000000000000000000",
  "00000000000000000000000000000001",
  "00000000000000000000ffff01020304",
  "00000000000000000000000001020304",
  "000102030405060708090a0b0c0d0e0f",
  "fe800000000000000000000000000000",
  "00010001000100000000000100010001",
  "00010001000100000001000100010001",
  "00000000",
].map(hex)) {
  await attempt("inetNtop AF_INET6", () => net.inetNtop(INET6, packed));
}
await attempt("inetNtop of another family", () => net.inetNtop(net.AF_UNIX, hex("78")));

for (const value of [0, 1, 0x1234, 0xffff, 0x10000, -1]) {
  await attempt("htons", () => net.htons(value));
  await attempt("ntohs", () => net.ntohs(value));
}
for (const value of [0, 1, 0x12345678, 0xffffffff, 0x100000000, -1]) {
  await attempt("htonl", () => net.htonl(value));
  await attempt("ntohl", () => net.ntohl(value));
}
await attempt("inetAton of no text", () => net.inetAton(1 as never));
await attempt("htons of no number", () => net.htons("x" as never));
