import type { AF_UNIX, Socket } from "berkeley";
import { attempt, net, peer, waitForPath } from "../support.js";

const UNIX = net.AF_UNIX;
const DGRAM = net.SOCK_DGRAM;

/** Sends until the receiver's queue is full, and fails with the error that says so. */
async function fill(s: Socket<typeof AF_UNIX>, address?: string): Promise<never> {
  s.setblocking(false);
  for (;;) await (address === undefined ? s.send("x") : s.sendto("x", address));
}

const server = net.socket(UNIX, DGRAM);
server.bind("server");
const loose = net.socket(UNIX, DGRAM);
await attempt("sendto without blocking", async () => fill(loose, "server"));
const connected = net.socket(UNIX, DGRAM);
await connected.connect("server");
await attempt("send without blocking", async () => fill(connected));
for (const s of [loose, connected]) s.settimeout(0.05);
await attempt("sendto with a timeout", () => loose.sendto("x", "server"));
await attempt("send with a timeout", () => connected.send("x"));
loose.setblocking(true);
await attempt("sendto at once", () => loose.sendto("x", net.MSG_DONTWAIT, "server"));
await server.recv(1);
await attempt("once there is room", () => loose.sendto("x", "server"));

// The queue belongs to a socket in another process, which reads after a while.
for (const [label, timeoutSec] of [
  ["without limit", null],
  ["with a timeout", 30],
] as const) {
  const path = `slow ${label}`;
  peer("receive", path, "pause", "read", 1000);
  waitForPath(path);
  const s = net.socket(UNIX, DGRAM);
  await attempt("full", async () => fill(s, path));
  s.settimeout(timeoutSec);
  await attempt(`sendto ${label}`, () => s.sendto("x", path));
  await s.connect(path);
  await s.sendall(Buffer.alloc(1000));
  await attempt(`sendall ${label}`, () => s.sendall("last"));
}
