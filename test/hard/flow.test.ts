/** Both ends of a connection at their own pace: memory, the event loop's other work, and every byte. */
import assert from "node:assert/strict";
import test from "node:test";
import * as berkeley from "berkeley";
import { MSG_DONTWAIT, MSG_PEEK, SO_RCVBUF, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET } from "berkeley";
import * as sync from "berkeley/sync";
import { collect, memoryIsOdd, noCollector, turns } from "../support/process.js";

const { AF_INET, AF_UNIX, SOCK_STREAM } = berkeley;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Two connected stream sockets with small buffers in the kernel. */
async function streams(family: number): Promise<[berkeley.Socket, berkeley.Socket]> {
  const shrink = (socket: berkeley.Socket) => {
    socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 8 * KIB);
    socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 8 * KIB);
  };
  if (family === AF_UNIX) {
    const pair = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
    pair.forEach(shrink);
    return pair;
  }
  const listener = berkeley.createServer(["127.0.0.1", 0]);
  shrink(listener);
  const client = berkeley.socket(AF_INET, SOCK_STREAM);
  shrink(client);
  await client.connect(listener.getsockname());
  const [connection] = await listener.accept();
  listener.close();
  return [client, connection];
}

const FAMILIES = [
  ["TCP", AF_INET],
  ["Unix", AF_UNIX],
] as const;

for (const [name, family] of FAMILIES) {
  const skip = noCollector || memoryIsOdd;
  test(`${name}: a writer faster than its reader uses bounded memory`, { skip }, async () => {
    const [writer, reader] = await streams(family);
    const chunk = Buffer.alloc(64 * KIB);
    const chunks = 1024; // 64 MiB
    const inUse = () => {
      collect?.();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    let sent = 0;
    const before = inUse();
    const writing = (async () => {
      for (; sent < chunks; sent++) await writer.sendall(chunk);
      writer.close();
    })();
    await turns(100);
    assert.ok(sent < 16, `${sent} of ${chunks} chunks are under way to nobody`);

    let most = 0;
    let received = 0;
    for (let round = 0; ; round++) {
      const data = await reader.recv(16 * KIB);
      if (data.length === 0) break;
      received += data.length;
      if (round % 500 === 0) most = Math.max(most, inUse() - before);
    }
    await writing;
    reader.close();
    assert.equal(received, chunks * chunk.length);
    // Read buffers and their pool are in there: about 4.5 MB, for 64 MiB as for 256 MiB.
    assert.ok(most < 8 * MIB, `${most} bytes`);
  });
}

/** Runs `loop` again and again until the event loop's timer, immediate and other socket have all had their
 * turn. Without fairness they never would, so the rounds are counted. */
async function isFair(loop: () => Promise<unknown>): Promise<void> {
  const [a, b] = berkeley.socketpair();
  const heard = new Set<string>();
  setTimeout(() => heard.add("timer"), 1);
  setImmediate(() => heard.add("immediate"));
  const other = b.recv(1).then(() => heard.add("other socket"));
  await a.send("x");
  const roundsMax = 5_000_000;
  let rounds = 0;
  for (; heard.size < 3 && rounds < roundsMax; rounds++) await loop();
  assert.ok(rounds < roundsMax, `only heard of: ${[...heard]}`);
  await other;
  a.close();
  b.close();
}

test("a stream with data always there lets the rest of the program run", async () => {
  for (const size of [1, 64 * KIB]) {
    const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
    const data = Buffer.alloc(size);
    await isFair(async () => {
      await a.send(data);
      await b.recv(size);
    });
    a.close();
    b.close();
  }
});

test("a read that is always answered lets those that wait for something else have their turn", async () => {
  const [a, b] = berkeley.socketpair();
  const [c, d] = berkeley.socketpair();
  const listener = berkeley.createServer(["127.0.0.1", 0]);
  const heard = new Set<string>();
  const peeking = d.recv(1, MSG_PEEK).then(() => heard.add("peek"));
  const accepting = listener.accept().then(([connection]) => {
    connection.close();
    heard.add("accept");
  });
  // No turn of the loop goes by until there is something for both of them, and for the read.
  const client = sync.createConnection(listener.getsockname());
  c.sendall("x");
  const roundsMax = 1000;
  let rounds = 0;
  for (; heard.size < 2 && rounds < roundsMax; rounds++) {
    const reading = b.recv(1);
    await a.sendall("x");
    await reading;
  }
  assert.ok(rounds < roundsMax, `only heard of: ${[...heard]}`);
  await Promise.all([peeking, accepting]);
  for (const one of [a, b, c, d, listener, client]) one.close();
});

test("datagrams always there let the rest of the program run", async () => {
  const socket = berkeley.socket(AF_INET, SOCK_DGRAM);
  socket.bind(["127.0.0.1", 0]);
  const address = socket.getsockname();
  await isFair(async () => {
    await socket.sendto("x", address);
    await socket.recvfrom(1);
  });
  socket.close();
});

test("connections always there let the rest of the program run", async () => {
  const listener = berkeley.socket(AF_UNIX, SOCK_STREAM);
  listener.bind("");
  listener.listen();
  await isFair(async () => {
    const client = berkeley.socket(AF_UNIX, SOCK_STREAM);
    await client.connect(listener.getsockname());
    const [connection] = await listener.accept();
    client.close();
    connection.close();
  });
  listener.close();
});

test("peeking at what is always there lets the rest of the program run", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
  await a.send("x");
  await isFair(() => b.recv(1, berkeley.MSG_PEEK));
  a.close();
  b.close();
});

test("polling a socket that does not wait lets the rest of the program run", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
  b.setblocking(false);
  await isFair(() => assert.rejects(b.recv(1), { code: "EAGAIN" }));
  await a.send("x");
  await isFair(() => b.recv(1, berkeley.MSG_PEEK));
  a.close();
  b.close();
  await isFair(() => assert.rejects(b.recv(1), { code: "EBADF" }));
});

test("calls that may not wait are told of in their turn, also where they are one too many", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
  const MANY = 1100; // more than a turn has
  await a.sendall(Buffer.alloc(MANY + 3));
  for (const call of [(flags: number) => b.recv(1, flags), (flags: number) => b.send("x", flags)]) {
    const told: number[] = [];
    const before = Array.from({ length: MANY }, () => b.recv(1, MSG_DONTWAIT));
    const calls = [MSG_DONTWAIT, 0, MSG_DONTWAIT].map((flags, i) =>
      call(flags).then(
        () => told.push(i),
        () => {}, // behind one that waits
      ),
    );
    await Promise.allSettled([...before, ...calls]);
    assert.deepEqual(told, [0, 1]);
  }
  a.close();
  b.close();
});

test("one long sendall to a reader as fast lets the rest of the program run", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
  const data = Buffer.alloc(32 * MIB);
  let sending = a.sendall(data);
  let received = 0;
  await isFair(async () => {
    received += (await b.recv(MIB)).length;
    if (received % data.length === 0) {
      await sending;
      sending = a.sendall(data);
    }
  });
  a.close();
  await assert.rejects(sending, { code: "EBADF", syscall: "send" });
  b.close();
});

/** Bytes that count up: a lost, doubled or misplaced one shows. */
const counting = (from: number, length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (from + i) & 0xff));

/** A small random generator of numbers in [0, n), which gives the same ones in each run. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Lets a moment pass, of the given kind: nothing, a microtask, a turn, a millisecond. */
async function moment(kind: number): Promise<void> {
  if (kind === 1) await undefined;
  else if (kind === 2) await new Promise((resolve) => setImmediate(resolve));
  else if (kind === 3) await new Promise((resolve) => setTimeout(resolve, 1));
}

const RACES = 2000;

test("recv: an abort that races the data loses no byte", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
  const roll = dice(1);
  let sent = 0;
  let received = 0;
  let aborted = 0;
  for (let race = 0; race < RACES; race++) {
    const controller = new AbortController();
    const reading = b.recv(100, { signal: controller.signal }).then(
      (data) => {
        assert.deepEqual(data, counting(received, data.length));
        received += data.length;
      },
      (error) => {
        assert.equal(error.name, "AbortError");
        aborted++;
      },
    );
    await moment(roll(3));
    const length = roll(3);
    const sending = length === 0 ? undefined : a.sendall(counting(sent, length));
    sent += length;
    await moment(roll(4));
    controller.abort();
    await sending;
    await reading;
  }
  a.close();
  while (received < sent) received += (await b.recv(100)).length;
  assert.equal((await b.recv(100)).length, 0);
  assert.equal(received, sent);
  assert.ok(aborted > RACES / 10 && aborted < RACES, `${aborted} of ${RACES} aborted`);
  b.close();
});

test("recv: a timeout that races the data loses no byte", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_STREAM);
  const roll = dice(2);
  b.settimeout(0.001);
  let sent = 0;
  let received = 0;
  let late = 0;
  for (let race = 0; race < RACES / 4; race++) {
    const reading = b.recv(100).then(
      (data) => {
        assert.deepEqual(data, counting(received, data.length));
        received += data.length;
      },
      (error) => {
        assert.equal(error.code, "ETIMEDOUT");
        late++;
      },
    );
    await moment(roll(4));
    const length = 1 + roll(2);
    await a.sendall(counting(sent, length));
    sent += length;
    await reading;
  }
  a.close();
  b.settimeout(null);
  while (received < sent) received += (await b.recv(100)).length;
  assert.equal((await b.recv(100)).length, 0);
  assert.equal(received, sent);
  assert.ok(late > 0, "no call came too late");
  b.close();
});

test("accept: an abort that races a connection loses none", async () => {
  const listener = berkeley.createServer(["127.0.0.1", 0]);
  const roll = dice(3);
  const ports = new Set<number>();
  const accepted = new Set<number>();
  let aborted = 0;
  const take = ([connection, [, port]]: [berkeley.Socket, readonly [string, number]]) => {
    accepted.add(port);
    connection.close();
  };
  for (let race = 0; race < RACES / 4; race++) {
    const controller = new AbortController();
    const accepting = listener.accept({ signal: controller.signal }).then(take, () => {
      aborted++;
    });
    await moment(roll(3));
    const client = berkeley.socket();
    const connecting = client.connect(listener.getsockname());
    ports.add(client.getsockname()[1]);
    await moment(roll(4));
    controller.abort();
    await connecting;
    await accepting;
    client.close();
  }
  while (accepted.size < ports.size) take(await listener.accept());
  assert.deepEqual(accepted, ports);
  assert.ok(aborted > 0, "no call was aborted");
  listener.close();
});

for (const [name, family] of FAMILIES) {
  test(`${name}: a sendall that is cut short says exactly what arrives`, async () => {
    const [a, b] = await streams(family);
    const roll = dice(4);
    let sent = 0;
    let cut = 0;
    let received = 0;
    const reading = (async () => {
      for (;;) {
        const data = await b.recv(8 * KIB);
        if (data.length === 0) return;
        assert.deepEqual(data, counting(received, data.length));
        received += data.length;
        await moment(roll(3));
      }
    })();
    for (let race = 0; race < 200; race++) {
      const controller = new AbortController();
      a.settimeout(race % 2 === 0 ? null : 0.001);
      const length = 1 + roll(64 * KIB);
      const sending = a.sendall(counting(sent, length), { signal: controller.signal }).then(
        () => length,
        ({ bytesSent }) => {
          cut++;
          return bytesSent as number;
        },
      );
      await moment(roll(4));
      if (race % 2 === 0) controller.abort();
      sent += await sending;
    }
    a.close();
    await reading;
    assert.equal(received, sent);
    assert.ok(cut > 0, "none was cut short");
    b.close();
  });
}
