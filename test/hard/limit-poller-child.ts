/** Runs under a low limit of descriptors; limit.test.ts starts it. The first calls that have to wait when no
 * descriptor is left for the poller: what have they done by then? */
import { closeSync, openSync } from "node:fs";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_WAITALL,
  SOCK_STREAM,
  type Socket,
  type SocketError,
  socket,
  socketpair,
} from "berkeley";

const PART = Buffer.alloc(60_000);
const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
const [c, d] = socketpair(AF_UNIX, SOCK_STREAM);
const listener = socket();
listener.bind(["127.0.0.1", 0]);
listener.listen(0);
// Fills the queue of connections that are not accepted.
for (const early of [socket(), socket(), socket()]) {
  early.settimeout(0);
  await early.connectEx(listener.getsockname());
}
const late = socket();
await a.sendall("01234");
// Many at once, so that the sends after them are put off.
const [e, f] = socketpair(AF_UNIX, SOCK_STREAM);
const many = () => Promise.all(Array.from({ length: 20 }, () => e.sendall("x")));
await many();
await many();
const files: number[] = [];
try {
  for (;;) files.push(openSync("/dev/null", "r"));
} catch {
  // No more are left.
}
const errno = await late.connectEx(listener.getsockname());
const got = String(await b.recv(10, MSG_WAITALL));
const failure = await c.sendall(Buffer.alloc(8 * 1024 * 1024)).then(
  () => null,
  (error: SocketError & { bytesSent: number }) => error,
);
const putOff = await Promise.allSettled(Array.from({ length: 10 }, () => e.sendall(PART)));
await a.sendall("here"); // one who has met the lack does without the poller where there is something
const found = await b.recv(10).then(String, (error: SocketError) => error.message);
for (const file of files) closeSync(file);
await a.sendall("56789");
const next = String(await b.recv(10));
async function countAll(socket: Socket): Promise<number> {
  let received = 0;
  try {
    for (;;) received += (await socket.recv(65_536, MSG_DONTWAIT)).length;
  } catch {
    return received; // that was all
  }
}
const received = await countAll(d);
const failures = putOff.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
const wholeBytes = PART.length * (putOff.length - failures.length);
process.send?.({
  errno,
  got,
  found,
  next,
  error: failure?.message,
  bytesSent: failure?.bytesSent,
  received,
  putOffErrors: [...new Set(failures.map(({ message }) => message))],
  putOffSent: failures.reduce((sum, { bytesSent }) => sum + bytesSent, wholeBytes),
  putOffReceived: (await countAll(f)) - 40,
});
process.disconnect();
