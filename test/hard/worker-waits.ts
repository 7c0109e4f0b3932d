/** A worker that waits until it is ended; worker.test.ts starts it. It reports just before it waits. */
import { parentPort, workerData } from "node:worker_threads";
import type { Socket } from "berkeley";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";

const { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } = berkeley;

/** Without a reference a socket would be collected, and closed, in the middle of a wait. */
const kept: Socket[] = [];

function keep<T extends Socket>(socket: T): T {
  kept.push(socket);
  return socket;
}

function pair({ socketpair }: typeof berkeley, type = SOCK_STREAM): Socket {
  const [near, far] = socketpair(AF_UNIX, type);
  keep(far as Socket);
  return keep(near as Socket);
}

/** Each kind of wait, in either face. A wait makes what it needs itself, and never closes it. */
export const WAITS: Record<string, (face: typeof berkeley) => unknown> = {
  recv: (face) => pair(face).recv(1),
  "recv with a timeout"(face) {
    const near = pair(face);
    near.settimeout(1000);
    return near.recv(1);
  },
  recvInto: (face) => pair(face).recvInto(Buffer.alloc(1024 * 1024)),
  recvfrom({ socket }) {
    const near = keep(socket(AF_INET, SOCK_DGRAM));
    near.bind(["127.0.0.1", 0]);
    return near.recvfrom(1);
  },
  /** Of descriptors that the worker has, but has not made as sockets. */
  "recv of a duplicate"(face) {
    keep(pair(face).dup());
    return keep(face.fromfd(pair(face).fileno(), AF_UNIX, SOCK_STREAM) as Socket).recv(1);
  },
  accept: ({ createServer }) => keep(createServer(["127.0.0.1", 0])).accept(),
  async "an iterated listener"({ createServer }) {
    for await (const _ of keep(createServer(["127.0.0.1", 0]))) throw new Error("nobody connects");
  },
  async "connect (TCP)"({ socket }) {
    const listener = keep(socket(AF_INET, SOCK_STREAM));
    listener.bind(["127.0.0.1", 0]);
    listener.listen(0);
    for (;;) await keep(socket(AF_INET, SOCK_STREAM)).connect(listener.getsockname());
  },
  async "connect (Unix)"({ socket }) {
    const listener = keep(socket(AF_UNIX, SOCK_STREAM));
    listener.bind("");
    listener.listen(0);
    for (;;) await keep(socket(AF_UNIX, SOCK_STREAM)).connect(listener.getsockname());
  },
  sendall: (face) => pair(face).sendall(Buffer.alloc(16 * 1024 * 1024)),
  async "send of datagrams"(face) {
    const near = pair(face, SOCK_DGRAM);
    for (;;) await near.send("x");
  },
  async "a look-up"({ getaddrinfo }) {
    for (;;) await getaddrinfo("localhost", 80);
  },
  /** No wait at all: it is ended in the middle of a call. */
  async "busy echo"({ socketpair }) {
    const [near, far] = socketpair();
    for (;;) {
      await near.sendall("x".repeat(1000));
      for (let left = 1000; left > 0; ) left -= (await far.recv(left)).length;
    }
  },
  /** Ended while sends are put off outside of a tick: copied ones, and such as borrow their memory. */
  async "busy sends of tasks"({ socket }) {
    const one = keep(socket(AF_INET, SOCK_DGRAM));
    one.bind(["127.0.0.1", 0]);
    await one.connect(one.getsockname());
    const tasks = Array.from({ length: 16 }, async (_, i) => {
      const message = Buffer.alloc(i % 2 === 0 ? 1 : 4096);
      for (;;) await one.send(message);
    });
    await Promise.all(tasks);
  },
  /** Ended in the middle of a tick with calls put off: short reads, and such as land in the pool. */
  async "busy echo of many"(face) {
    const many = Array.from({ length: 16 }, () => face.socketpair(AF_UNIX, SOCK_SEQPACKET));
    await Promise.all(
      many.map(async ([near, far], i) => {
        const message = Buffer.alloc(i % 2 === 0 ? 1 : 4096);
        for (;;) {
          await near.sendall(message);
          await far.recv(8192);
        }
      }),
    );
  },
  async "busy echo of many datagrams"({ socket }) {
    const many = Array.from({ length: 16 }, () => {
      const own = socket(AF_INET, SOCK_DGRAM);
      own.bind(["127.0.0.1", 0]);
      return { own, address: own.getsockname() };
    });
    await Promise.all(
      many.map(async ({ own, address }) => {
        for (;;) {
          await own.sendto("x", address);
          await own.recvfrom(1);
        }
      }),
    );
  },
  async "busy opening and closing"({ socket }) {
    for (;;) socket().close();
  },
  async "busy duplicating"(face) {
    const near = pair(face);
    for (;;) near.dup().close();
  },
};

export interface Task {
  /** The waits to make; in `berkeley` there may be several at once. */
  names: string[];
  face: "berkeley" | "berkeley/sync";
}

if (parentPort !== null) {
  const { names, face } = workerData as Task;
  const chosen = face === "berkeley" ? berkeley : (sync as unknown as typeof berkeley);
  parentPort.postMessage("waits");
  await Promise.race(names.map((name) => WAITS[name]?.(chosen)));
  throw new Error(`one of these ended by itself: ${names}; ${kept.length} sockets are open`);
}
