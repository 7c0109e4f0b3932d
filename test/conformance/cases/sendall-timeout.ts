import type { Family, Socket } from "berkeley";
import { attempt, net, say, tcpPair } from "../support.js";

const period = Buffer.from(Array.from({ length: 251 }, (_, byte) => byte));
const PATTERN = Buffer.alloc(251 * 200_000, period);

async function sentBeforeTheTimeout<F extends Family>(a: Socket<F>, b: Socket<F>): Promise<void> {
  a.settimeout(0.1);
  let bytesSent: number | undefined;
  await attempt("sendall", async () => {
    try {
      await a.sendall(PATTERN);
    } catch (error) {
      if (error instanceof net.SocketError) bytesSent = error.bytesSent;
      throw error;
    }
  });
  a.shutdown(net.SHUT_WR);
  const parts: Buffer[] = [];
  for (;;) {
    const data = await b.recv(1 << 20);
    if (data.length === 0) break;
    parts.push(data);
  }
  const arrived = Buffer.concat(parts);
  const { length } = arrived;
  const part = 0 < length && length < PATTERN.length;
  say("a part arrives", part, arrived.equals(PATTERN.subarray(0, length)));
  say("bytesSent", bytesSent === length);
}

await sentBeforeTheTimeout(...(await tcpPair()));
await sentBeforeTheTimeout(...net.socketpair());

// It goes on where it stopped.
let [a, b] = net.socketpair();
a.settimeout(0.05);
await attempt("sendall", () => a.sendall(Buffer.alloc(4 << 20)));
b.setblocking(false);
try {
  while ((await b.recv(1 << 20)).length > 0);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
}
await attempt("sendall once there is room", () => a.sendall("more"));
await attempt("it arrives", () => b.recv(10));

[a, b] = net.socketpair();
a.setblocking(false);
await attempt("sendall without blocking", () => a.sendall(Buffer.alloc(4 << 20)));
await attempt("send without blocking", () => a.send("x"));
a.settimeout(0.05);
await attempt("send", () => a.send("x"));
b.close();
