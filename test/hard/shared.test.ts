/** What others than the object may do to an open socket. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import {
  AF_INET,
  AF_UNIX,
  fromfd,
  MSG_PEEK,
  SO_PEEK_OFF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from "berkeley";
import * as sync from "berkeley/sync";
import { connected } from "../support/connected.js";
import { turns } from "../support/process.js";

/** Another object on the same descriptor. */
const twinOf = ({ fileno, ...rest }: { fileno: number; family: number; type: number }): Socket =>
  socket(rest.family, rest.type, 0, { fileno });
const sharing = (of: Socket): Socket =>
  twinOf({ fileno: of.fileno(), family: of.family, type: of.type });

test("a child is handed a socket that blocks where berkeley/sync has made it block", async () => {
  const [client, connection] = await connected();
  const waits = async (fd: number): Promise<string> => {
    const script = 'IFS= read -r line <&3; echo "$? $line"';
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore", fd] });
    setTimeout(() => client.sendall("line\n"), 100);
    const [said] = await once(child.stdout as NonNullable<typeof child.stdout>, "data");
    return String(said);
  };
  assert.equal(await waits(connection.fileno()), "1 \n"); // EAGAIN
  assert.equal(String(await connection.recv(100)), "line\n");
  const blocking = sync.socket(undefined, undefined, undefined, { fileno: connection.detach() });
  blocking.setblocking(true);
  assert.equal(await waits(blocking.fileno()), "0 line\n");
  blocking.close();
  client.close();
});

test("one that joins a descriptor hears of what came before", async () => {
  const [client, connection] = await connected();
  const first = connection.recv(100);
  await client.sendall("one");
  assert.equal(String(await first), "one"); // it is registered now
  const twin = sharing(connection);
  await client.sendall("two");
  assert.equal(String(await twin.recv(100)), "two"); // less than asked for: no more is there
  await client.sendall("three");
  await turns(); // the poller tells the other one alone
  assert.equal(String(await twin.recv(100)), "three");
  const other = sharing(connection);
  client.close();
  await turns();
  assert.equal(String(await other.recv(100)), "");
  for (const one of [twin, other]) one.detach();
  connection.close();
});

test("one that joins a descriptor hears of datagrams that came before", async () => {
  const receiver = socket(AF_INET, SOCK_DGRAM);
  receiver.bind(["127.0.0.1", 0]);
  const sender = socket(AF_INET, SOCK_DGRAM);
  await sender.connect(receiver.getsockname());
  const first = receiver.recv(10);
  await sender.send("a");
  await first;
  const twin = sharing(receiver);
  for (const text of ["b", "c"]) {
    await sender.send(text);
    await turns();
    const batch = await twin.recvmmsg(8, 10);
    assert.deepEqual(
      batch.map(({ data }) => String(data)),
      [text],
    );
  }
  twin.detach();
  receiver.close();
  sender.close();
});

test("messages are read as messages where the caller says that it is a stream", async () => {
  const listener = socket(AF_UNIX, SOCK_SEQPACKET);
  listener.bind("");
  listener.listen();
  const server = fromfd(listener.fileno(), AF_UNIX, SOCK_STREAM);
  const connect = async (): Promise<[Socket, Socket]> => {
    const client = socket(AF_UNIX, SOCK_SEQPACKET);
    await client.connect(listener.getsockname());
    return [client, (await server.accept())[0]];
  };
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const said: [Socket, Socket] = [a, fromfd(b.fileno(), AF_UNIX, SOCK_STREAM)];
  const pairs = [said, await connect(), await connect(), await connect()];
  // Several wait, so that the poller asks which is ready; and everything is there before the first is read.
  const reads = pairs.map(async ([, reader]) => [
    String(await reader.recv(100)),
    String(await reader.recv(100)),
  ]);
  await turns();
  for (const [sender] of pairs) {
    void sender.sendall("one");
    void sender.sendall("two");
  }
  for (const read of reads) assert.deepEqual(await read, ["one", "two"]);
  // Sends are not joined, either.
  const turned = said[1].recv(100).then(() => {
    void said[1].sendall("three");
    void said[1].sendall("four");
  });
  const others = pairs.slice(1).map(([, reader]) => reader.recv(100));
  await turns();
  for (const [sender] of pairs) void sender.sendall("go");
  await Promise.all([turned, ...others]);
  assert.equal(String(await a.recv(100)), "three");
  assert.equal(String(await a.recv(100)), "four");
  for (const one of [...pairs.flat(), b, server, listener]) one.close();
});

test("a descriptor that a child has made blocking does not hold up the event loop", async () => {
  const [near, far] = socketpair(AF_UNIX);
  // Node makes a child's standard input blocking, and the mode belongs to the open socket.
  const child = spawn("sleep", ["1"], { stdio: [near.fileno(), "ignore", "ignore"] });
  const waiting = near.recv(10);
  const filling = near.sendall(Buffer.alloc(1024 * 1024));
  const ends = once(child, "exit");
  await turns(20);
  await far.sendall("here");
  assert.equal(String(await waiting), "here");
  near.close();
  await assert.rejects(filling, { code: "EBADF", syscall: "send" });
  far.close();
  child.kill();
  await ends;
});

test("a peek that finds no more leaves what is there to the next call", async () => {
  const [a, b] = socketpair(AF_UNIX);
  b.setsockopt(SOL_SOCKET, SO_PEEK_OFF, 0);
  await a.sendall("abc");
  assert.equal(String(await b.recv(10, MSG_PEEK)), "abc");
  const controller = new AbortController();
  const peek = b.recv(10, MSG_PEEK, { signal: controller.signal });
  const behind = b.recv(10);
  await turns();
  controller.abort();
  await assert.rejects(peek, { name: "AbortError" });
  assert.equal(String(await behind), "abc");
  a.close();
  b.close();
});

/** Calls that wait, on a socket whose O_NONBLOCK was taken away (`take`), without which they would hold the
 *  thread. */
const HELD: Record<string, string> = {
  accept: "const l = net.createServer(['127.0.0.1', 0]); take(l); await l.accept();",
  "a listener's loop":
    "const l = net.createServer(['127.0.0.1', 0]); take(l); for await (const _ of l);",
  "accept of a duplicate's":
    "const l = net.createServer(['127.0.0.1', 0]); take(l.dup()); await l.accept();",
  connect: `
    const l = net.socket(net.AF_UNIX);
    l.bind('');
    l.listen(0);
    const first = net.socket(net.AF_UNIX);
    await first.connect(l.getsockname());
    const c = net.socket(net.AF_UNIX);
    take(c);
    await c.connect(l.getsockname());`,
  sendfile: `
    const [a, b] = net.socketpair();
    take(a);
    const { openSync } = await import('node:fs');
    await a.sendfile(openSync(process.execPath));`,
};

for (const [what, calls] of Object.entries(HELD)) {
  test(`${what}: the event loop goes on where a blocking object has the socket, too`, () => {
    const program = `
      import * as net from "berkeley";
      import * as blocking from "berkeley/sync";
      const take = (socket) => {
        const twin = blocking.fromfd(socket.fileno(), socket.family, socket.type);
        twin.setblocking(true);
        return twin;
      };
      setTimeout(() => process.exit(7), 100);
      ${calls}`;
    const args = ["--input-type=module", "--eval", program];
    // A call that holds the thread ends only by this timeout.
    const { status, stderr } = spawnSync(process.execPath, args, { timeout: 30_000 });
    assert.equal(status, 7, String(stderr));
  });
}
