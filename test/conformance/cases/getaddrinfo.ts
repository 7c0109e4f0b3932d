import { attempt, needIPv6, net } from "../support.js";

needIPv6();
const [INET, INET6, STREAM, DGRAM] = [net.AF_INET, net.AF_INET6, net.SOCK_STREAM, net.SOCK_DGRAM];
const [NUMERIC, PASSIVE] = [net.AI_NUMERICHOST, net.AI_PASSIVE];

for (const args of [
  ["127.0.0.1", 80],
  ["127.0.0.1", 80, INET, STREAM],
  ["127.0.0.1", "80", 0, DGRAM],
  ["127.0.0.1", "http", 0, STREAM],
  ["127.0.0.1", null, 0, STREAM],
  ["::1", 80, 0, STREAM],
  ["::1", 80, INET6, STREAM, net.IPPROTO_TCP],
  ["::ffff:127.0.0.1", 80, 0, STREAM],
  ["fe80::1%lo", 80, 0, STREAM],
  ["127.1", 80, INET, STREAM],
  ["127.0.0.1", 80, INET6, STREAM, 0, net.AI_V4MAPPED],
  ["127.0.0.1", 80, 0, STREAM, 0, net.AI_CANONNAME],
  [null, 80, 0, STREAM],
  [null, 80, 0, STREAM, 0, PASSIVE],
  ["localhost", 80, INET, STREAM],
  ["localhost", 80, 0, STREAM, 0, NUMERIC],
  ["127.0.0.1", 80, INET6, STREAM, 0, NUMERIC],
  ["127.0.0.1", "no such service"],
  ["127.0.0.1", "http", 0, 0, 0, net.AI_NUMERICSERV],
  ["127.0.0.1", 80, 12345],
  ["127.0.0.1", 80, 0, 12345],
  [null, null],
  [1, 80],
]) {
  const getaddrinfo = net.getaddrinfo as (...args: readonly unknown[]) => unknown;
  await attempt("getaddrinfo", () => getaddrinfo(...args));
}
