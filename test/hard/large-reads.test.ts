/** Reads that ask for more than the poller's scratch holds, of a stream that mostly has little. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createServer, MSG_OOB, MSG_PEEK, SO_RCVBUF, SOL_SOCKET, socket } from "berkeley";
import * as sync from "berkeley/sync";

const SIZE = 1 << 20;
const SCRATCH = 65_536;

test("a large read that waited gets all that is there, also behind small ones", async (t) => {
  const listener = createServer(["127.0.0.1", 0]);
  t.after(() => listener.close());
  listener.setsockopt(SOL_SOCKET, SO_RCVBUF, SIZE);
  const client = socket();
  const [[server]] = await Promise.all([listener.accept(), client.connect(listener.getsockname())]);
  t.after(() => server.close());
  const sender = new sync.Socket(client.family, client.type, 0, { fileno: client.detach() });
  t.after(() => sender.close());
  const sameSocket = server.dup();
  const peeker = new sync.Socket(server.family, server.type, 0, { fileno: sameSocket.detach() });
  t.after(() => peeker.close());
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
  const lengths = [10, 10, SCRATCH - 1, SCRATCH, 10, SCRATCH + 1, 10, 150_000, 10, 10, 200_000, 10];
  for (const length of lengths) {
    const reading = server.recv(SIZE);
    sender.sendall(bytes.subarray(0, length));
    while (peeker.recv(SIZE, MSG_PEEK).length < length); // all of it is there before the loop goes on
    const got = await reading;
    assert.equal(got.length, length);
    assert.ok(got.equals(bytes.subarray(0, length)));
  }
});

test("a large read gives what came before the end of the stream, and then the end", async (t) => {
  const listener = createServer(["127.0.0.1", 0]);
  t.after(() => listener.close());
  listener.setsockopt(SOL_SOCKET, SO_RCVBUF, SIZE);
  for (const length of [SCRATCH, SCRATCH + 1]) {
    const client = socket();
    const [[server]] = await Promise.all([
      listener.accept(),
      client.connect(listener.getsockname()),
    ]);
    const first = server.recv(SIZE);
    await client.sendall(Buffer.alloc(10));
    assert.equal((await first).length, 10);
    const parts = [server.recv(SIZE)];
    await client.sendall(Buffer.alloc(length, "a"));
    client.close();
    let read = 0;
    for (;;) {
      const part = await (parts.pop() ?? server.recv(SIZE));
      if (part.length === 0) break;
      assert.ok(part.equals(Buffer.alloc(part.length, "a")));
      read += part.length;
    }
    assert.equal(read, length);
    server.close();
  }
});

test("a large read gives what it has where there is no memory for the rest", async (t) => {
  const listener = createServer(["127.0.0.1", 0]);
  t.after(() => listener.close());
  listener.setsockopt(SOL_SOCKET, SO_RCVBUF, SIZE);
  const client = socket();
  t.after(() => client.close());
  const [[server]] = await Promise.all([listener.accept(), client.connect(listener.getsockname())]);
  t.after(() => server.close());
  const first = server.recv(SIZE);
  await client.sendall("first");
  assert.equal(String(await first), "first");
  const { allocUnsafeSlow } = Buffer;
  const reading = server.recv(SIZE);
  Buffer.allocUnsafeSlow = (size) => {
    if (size === SIZE) throw new RangeError("Array buffer allocation failed");
    return allocUnsafeSlow(size);
  };
  t.after(() => {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  });
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
  await client.sendall(bytes);
  let got = await reading;
  Buffer.allocUnsafeSlow = allocUnsafeSlow;
  assert.ok(got.length <= SCRATCH);
  while (got.length < bytes.length) got = Buffer.concat([got, await server.recv(SIZE)]);
  assert.ok(got.equals(bytes));
});

test("a large read stops before urgent data that comes behind its first part", async (t) => {
  const listener = createServer(["127.0.0.1", 0]);
  t.after(() => listener.close());
  listener.setsockopt(SOL_SOCKET, SO_RCVBUF, SIZE);
  const client = socket();
  const [[server]] = await Promise.all([listener.accept(), client.connect(listener.getsockname())]);
  t.after(() => server.close());
  const sender = new sync.Socket(client.family, client.type, 0, { fileno: client.detach() });
  t.after(() => sender.close());
  const first = server.recv(SIZE);
  sender.sendall("first");
  assert.equal(String(await first), "first");
  const { allocUnsafeSlow } = Buffer;
  const reading = server.recv(SIZE);
  // The memory for the rest is taken between the two parts.
  Buffer.allocUnsafeSlow = (size) => {
    if (size === SIZE) {
      Buffer.allocUnsafeSlow = allocUnsafeSlow;
      sender.send("!", MSG_OOB);
      sender.sendall("behind");
    }
    return allocUnsafeSlow(size);
  };
  t.after(() => {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  });
  sender.sendall(Buffer.alloc(SCRATCH));
  assert.equal((await reading).length, SCRATCH);
  assert.equal(String(await server.recv(1, MSG_OOB)), "!");
  assert.equal(String(await server.recv(SIZE)), "behind");
});
