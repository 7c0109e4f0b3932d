/** Many sockets: at once, and one after the other. */
import assert from "node:assert/strict";
import test from "node:test";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
import {
  collect,
  descriptorLimit,
  memoryIsOdd,
  noCollector,
  openDescriptors,
  turns,
} from "../support/process.js";

const CONNECTIONS = 5000;
/** Both ends are in this process. Node has a few dozen more. */
const DESCRIPTORS = 2 * CONNECTIONS + 200;

const limit = descriptorLimit();
const skip = limit < DESCRIPTORS && `ulimit -n is ${limit}, this needs ${DESCRIPTORS}`;

const { AF_INET, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } = berkeley;

/** Sets smaller buffers: otherwise 10,000 sockets would fill the memory that the kernel has for TCP. */
function shrink(socket: berkeley.Socket | sync.Socket): void {
  socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096);
}

test(`${CONNECTIONS} connections at once, each echoed twice`, { skip }, async () => {
  const before = openDescriptors();
  const listener = berkeley.createServer(["127.0.0.1", 0], { backlog: CONNECTIONS });
  shrink(listener); // what it accepts has its sizes
  const address = listener.getsockname();
  const peers = new Set<number>();
  let closed = 0;
  const echo = async (connection: berkeley.Socket): Promise<void> => {
    for (;;) {
      const data = await connection.recv(100);
      if (data.length === 0) break;
      await connection.sendall(data);
    }
    connection.close();
    closed++;
  };
  const serving = (async () => {
    const handlers: Promise<void>[] = [];
    for await (const [connection, [, port]] of listener) {
      peers.add(port);
      handlers.push(echo(connection));
    }
    await Promise.all(handlers);
  })();

  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = berkeley.socket();
      shrink(client);
      await client.connect(address);
      return client;
    }),
  );
  for (const round of ["first", "second"]) {
    const answers = clients.map(async (client, i) => {
      const text = `${round} ${i}`;
      await client.sendall(text);
      let answer = "";
      while (answer.length < text.length) answer += await client.recv(100);
      assert.equal(answer, text);
    });
    await Promise.all(answers);
  }
  assert.equal(peers.size, CONNECTIONS);
  for (const client of clients) client.close();
  while (closed < CONNECTIONS) await turns();
  listener.close();
  await serving;
  // The poller's own, which was made when the first call waited, and stays until the process ends.
  assert.ok(openDescriptors() <= before + 3);
});

test(`${CONNECTIONS} blocking connections at once`, { skip }, () => {
  const before = openDescriptors();
  const listener = sync.createServer(["127.0.0.1", 0]);
  shrink(listener);
  const address = listener.getsockname();
  const pairs = Array.from({ length: CONNECTIONS }, () => {
    const client = sync.socket(AF_INET);
    shrink(client);
    client.connect(address);
    return { client, connection: listener.accept()[0] };
  });
  pairs.forEach(({ client }, i) => {
    client.sendall(String(i));
  });
  pairs.forEach(({ client, connection }, i) => {
    connection.sendall(connection.recv(100));
    assert.equal(String(client.recv(100)), String(i));
  });
  for (const { client, connection } of pairs) {
    client.close();
    connection.close();
  }
  listener.close();
  assert.equal(openDescriptors(), before);
});

const WARM_UP = 10_000;
/** Even the smallest object that leaked in each round would be more than this. */
const LEAK_BYTES = 16;

/** How much memory is in use after a full collection. */
async function inUse(): Promise<number> {
  await turns(); // FinalizationRegistry's callbacks run in turns of their own
  collect?.();
  await turns();
  collect?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

interface Churn {
  name: string;
  rounds: number;
  once: () => unknown;
}

const CHURNS: readonly Churn[] = [
  {
    name: "berkeley: opened and closed",
    rounds: 100_000,
    once: () => berkeley.socket().close(),
  },
  {
    name: "berkeley/sync: opened and closed",
    rounds: 100_000,
    once: () => sync.socket().close(),
  },
  {
    name: "berkeley: closed while it waits",
    rounds: 25_000,
    async once() {
      const socket = berkeley.socket(AF_INET, berkeley.SOCK_DGRAM);
      const waiting = socket.recv(1);
      socket.close();
      await assert.rejects(waiting, { code: "EBADF" });
    },
  },
  {
    name: "berkeley: waited, heard and closed",
    rounds: 25_000,
    async once() {
      const [a, b] = berkeley.socketpair();
      const waiting = b.recv(1);
      await a.send("x");
      await waiting;
      a.close();
      b.close();
    },
  },
];

for (const { name, rounds, once } of CHURNS) {
  const odd = noCollector || memoryIsOdd;
  test(`${name}, ${rounds} times: nothing is left behind`, { skip: odd }, async () => {
    for (let i = 0; i < WARM_UP; i++) await once();
    const descriptors = openDescriptors();
    const memory = await inUse();
    for (let i = 0; i < rounds; i++) await once();
    const perRound = ((await inUse()) - memory) / rounds;
    assert.equal(openDescriptors(), descriptors);
    assert.ok(perRound < LEAK_BYTES, `${perRound.toFixed(1)} bytes a round are still in use`);
  });
}
