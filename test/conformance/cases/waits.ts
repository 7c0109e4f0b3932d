import { attempt, listening, net, peer, say, waitForPath } from "../support.js";

// Each call here has to wait for a peer in a process of its own.
const listener = listening();
const port = listener.getsockname()[1];

async function conversation(timeoutSec: number | null): Promise<void> {
  listener.settimeout(timeoutSec);
  peer("pause", "connect", port, ..."pause send one pause send two drain close".split(" "));
  const [s] = await listener.accept();
  s.settimeout(timeoutSec);
  await attempt("recv", () => s.recv(100));
  await attempt("recvfrom", () => s.recvfrom(100));
  await attempt("sendall", () => s.sendall(Buffer.alloc(20_000_000)));
  s.shutdown(net.SHUT_WR);
  await attempt("what the peer counted", () => s.recv(100));
  await attempt("the end", () => s.recv(100));
}

await conversation(null);
await conversation(30);

// connect waits for room in a Unix listener's queue.
peer("listen", "path", "pause", "accept", "accept", "send", "welcome");
waitForPath("path");
const s = net.socket(net.AF_UNIX);
await attempt("unix connect", () => s.connect("path"));
say("peer", s.getpeername());
await attempt("recv", () => s.recv(100));
