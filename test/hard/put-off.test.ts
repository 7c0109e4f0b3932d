/** Sends, and reads, that are put off to the end of a tick. A program must notice nothing of that but the
 * time that they take. */
import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, writeSync } from "node:fs";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  dup,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  MSG_ZEROCOPY,
  SHUT_WR,
  SO_LINGER,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  socket,
  socketpair,
  TimeoutError,
} from "berkeley";
import * as sync from "berkeley/sync";
import fc from "fast-check";
import { connected, udpPair } from "../support/connected.js";
import { endings, outputOf } from "../support/ending-program.js";
import { arrives, queued } from "../support/kernel-tables.js";
import { transfer } from "../support/memory.js";
import { ended, turns } from "../support/process.js";
import { readAll } from "../support/streams.js";

/** TypeScript declares it only together with all that browsers have, and not for Node alone. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    initial: number;
  }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
};

/** A tick with this many events puts its sends off. */
const MANY = 8;

/** Runs `act` in a tick in which other sockets answer, too, so that sends are put off. */
async function inTick<T>(act: () => T | Promise<T>): Promise<T> {
  const pairs = Array.from({ length: MANY }, () => socketpair(AF_UNIX, SOCK_STREAM));
  const answers = pairs.map(async ([near], i) => {
    await near.recv(1);
    const sending = near.sendall("answer");
    // In the middle, with sends before and after it.
    const result = i === MANY / 2 ? await act() : undefined;
    await sending;
    return result;
  });
  await turns();
  for (const [, far] of pairs) await far.sendall("?");
  const results = await Promise.all(answers);
  for (const [near, far] of pairs) {
    assert.equal((await far.recv(99)).toString(), "answer");
    near.close();
    far.close();
  }
  return results[MANY / 2] as T;
}

/** Everything that is still to come from `from`. */
const rest = async (from: Socket) => (await readAll(from)).toString();

const portOf = (one: Socket) => (one.getsockname() as [string, number])[1];

/** Runs `act` in ticks until a send was seen to be put off in one. Where JavaScript was slow a send is made
 * at once: on a slow machine that is so until V8 has compiled it. */
async function untilPutOff(act: () => Promise<boolean>): Promise<void> {
  let isPutOff = false;
  for (let tries = 0; !isPutOff && tries < 2000; tries++) isPutOff = await inTick(act);
  assert.ok(isPutOff);
}

test("a send of a tick with many events is made behind its JavaScript, or before any other call", async () => {
  const [a, b] = await connected();
  const port = portOf(b);
  await untilPutOff(async () => {
    const sending = a.sendall("x");
    const before = queued(port);
    a.getsockname(); // a call
    assert.equal(arrives(port), 1);
    await sending;
    assert.equal((await b.recv(9)).toString(), "x");
    return before === 0;
  });
  a.close();
  b.close();
});

test("sends are made before the socket is shut, closed or given away behind them", async () => {
  for (const end of ["shutdown", "close", "detach"] as const) {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    const sent = await inTick(() => {
      const sends = [a.sendall("one "), a.send("two "), a.sendall("three")];
      if (end === "shutdown") a.shutdown(SHUT_WR);
      else if (end === "close") a.close();
      else closeSync(a.detach()); // no call of ours
      return Promise.all(sends);
    });
    assert.deepEqual(sent, [undefined, 4, undefined], end);
    assert.equal(await rest(b), "one two three", end);
    a.close();
    b.close();
  }
});

test("the error of a send names whom it was for, whatever the address says by then", async () => {
  const one = socket(AF_INET, SOCK_DGRAM);
  await inTick(async () => {
    const to: [string, number] = ["127.0.0.1", 0];
    const sending = one.sendto("x", to);
    to[0] = "127.0.0.2";
    await assert.rejects(sending, { code: "EINVAL", address: "127.0.0.1", port: 0 });
  });
  one.close();
});

test("a send that is aborted before it is made ends where there is no room for all of it", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
  const error = await inTick(() => {
    const controller = new AbortController();
    const sending = a.sendall(Buffer.alloc(60_000), { signal: controller.signal });
    controller.abort();
    return Promise.race([sending.catch((reason) => reason), turns()]);
  });
  assert.equal(error?.name, "AbortError");
  a.close();
  assert.equal((await rest(b)).length, error.bytesSent);
  b.close();
});

test("calls of all kinds to one socket are made in their order", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  await inTick(() =>
    Promise.all([
      a.sendall("1"),
      a.sendmsg(["2", "3"]),
      a.send("4", MSG_DONTWAIT),
      a.sendall("5"),
      a.sendall("6", { signal: new AbortController().signal }),
      a.sendall("7".repeat(9000)),
      a.sendall("8"),
      a.sendall("9".repeat(70_000)), // too long to be put off
      a.sendall("0"),
    ]),
  );
  a.close();
  assert.equal(await rest(b), `123456${"7".repeat(9000)}8${"9".repeat(70_000)}0`);
  b.close();
});

test("messages stay messages, and urgent data is what was sent as such", async () => {
  for (const type of [SOCK_SEQPACKET, SOCK_DGRAM]) {
    const [a, b] = socketpair(AF_UNIX, type);
    await inTick(() => Promise.all(["1", "2", "3"].map((text) => a.sendall(text))));
    for (const text of ["1", "2", "3"]) assert.equal((await b.recv(9)).toString(), text);
    a.close();
    b.close();
  }
  const [a, b] = await connected();
  await inTick(() =>
    Promise.all([a.sendall("1"), a.sendall("2"), a.sendall("!", MSG_OOB), a.sendall("3")]),
  );
  a.close();
  assert.equal((await b.recv(9, MSG_OOB)).toString(), "!");
  assert.equal(await rest(b), "123");
  b.close();
});

test("datagrams with an address are put off, in order, each to its own peer", async () => {
  const receivers = Array.from({ length: 3 }, () => socket(AF_INET, SOCK_DGRAM));
  for (const one of receivers) one.bind(["127.0.0.1", 0]);
  const ports = receivers.map(portOf);
  const sender = socket(AF_INET, SOCK_DGRAM);
  await untilPutOff(async () => {
    // As few as will do: the more there are, the faster JavaScript has to be for all of them to be put off.
    const to = (i: number): [string, number] => ["127.0.0.1", ports[i] as number];
    const sends = [
      sender.sendto("first", to(0)),
      sender.sendto("", to(1)),
      sender.sendto("last", 0, to(0)),
      sender.sendto("only", to(1)),
    ];
    const before = ports.map((port) => queued(port, "udp"));
    sender.getsockname(); // a call
    assert.ok(ports.slice(0, 2).every((port) => arrives(port, "udp") > 0));
    assert.deepEqual(await Promise.all(sends), [5, 0, 4, 4]);
    for (const [i, text] of [
      [0, "first"],
      [0, "last"],
      [1, ""],
      [1, "only"],
    ] as const) {
      assert.equal(String(await receivers[i]?.recv(99)), text);
    }
    return before.every((bytes) => bytes === 0);
  });
  for (const one of [...receivers, sender]) one.close();
});

for (const [family, prefix] of [
  [AF_INET, ""],
  [AF_INET6, "::ffff:"],
] as const) {
  test(`a host that was not met before is read without a call: ${prefix}127.0.0.1`, async () => {
    const near = socket(AF_INET, SOCK_DGRAM);
    near.bind(["127.0.0.1", 0]);
    const sender = socket(family, SOCK_DGRAM);
    if (family === AF_INET6) sender.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
    const port = portOf(near);
    let others = 0;
    await untilPutOff(async () => {
      const other = `${prefix}127.1.${others >> 8}.${others++ & 255}`;
      const sends = [
        sender.sendto("x", [`${prefix}127.0.0.1`, port]),
        sender.sendto("x", [other, port]),
      ];
      const isPutOff = queued(port, "udp") === 0;
      await Promise.all(sends);
      await near.recv(9);
      return isPutOff;
    });
    near.close();
    sender.close();
  });
}

test("a put off datagram that there is room for, but not for its address, arrives", async () => {
  const [near, far] = await udpPair();
  const [host, port] = near.getsockname();
  const pairs = Array.from({ length: 8 }, () => socketpair(AF_UNIX, SOCK_SEQPACKET));
  // What is in parts is copied. There is room for 128 KiB, five answers of the tick, too.
  const lengths = [...Array<number>(7).fill(16_384), 14_304];
  const last = Buffer.alloc(2048, "last");
  await untilPutOff(async () => {
    const sends = pairs.map(([a], i) => {
      const length = (lengths[i] as number) - 1;
      return a.sendmsg(["a", Buffer.alloc(length, "b")]);
    });
    const sending = far.sendto(last, [host, port]);
    const isPutOff = queued(port, "udp") === 0;
    assert.equal(await sending, last.length);
    assert.deepEqual(await Promise.all(sends), lengths);
    assert.ok((await near.recv(9999)).equals(last));
    for (const [i, [, b]] of pairs.entries())
      assert.equal((await b.recv(99_999)).length, lengths[i]);
    return isPutOff;
  });
  for (const one of [near, far, ...pairs.flat()]) one.close();
});

/** Each byte differs from the one before it, and from the one at the same place with another seed. */
const numbered = (length: number, seed: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 31) % 251));

test("what is too long to be copied arrives as it was, alone and beside others", async () => {
  const lengths = [1, 2047, 2048, 2049, 5000, 3, 65_536, 65_537, 2, 4000, 4001, 10];
  const messages = lengths.map(numbered);
  const streams = await Promise.all(Array.from({ length: MANY }, () => connected()));
  const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
  far.setsockopt(SOL_SOCKET, SO_RCVBUF, 1 << 20);
  near.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 20);
  for (let round = 0; round < 20; round++) {
    const sending = inTick(() => [
      ...streams.flatMap(([a]) => messages.map((one) => a.sendall(one))),
      ...messages.map((one) => near.send(one)),
    ]).then((sends) => Promise.all(sends));
    const whole = Buffer.concat(messages);
    for (const [, b] of streams) {
      assert.ok((await b.recv(whole.length, MSG_WAITALL)).equals(whole), `round ${round}`);
    }
    for (const one of messages) assert.ok((await far.recv(99_999)).equals(one), `${one.length}`);
    await sending;
  }
  for (const one of [near, far, ...streams.flat()]) one.close();
});

test("what is sent with MSG_ZEROCOPY is sent from the memory that it is in, however late", async () => {
  const [a, b] = await connected();
  b.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096);
  a.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 20);
  a.setsockopt(SOL_SOCKET, SO_ZEROCOPY, 1);
  const first = Buffer.alloc(200_000, "first"); // more than there is room for on the other side
  await a.sendall(first);
  const last = Buffer.alloc(2000, "last"); // stays behind it in the kernel
  await inTick(() => a.send(last, MSG_ZEROCOPY));
  // The library's own memory is written to anew.
  for (let i = 0; i < 10; i++) await inTick(() => {});
  a.close();
  assert.equal(await rest(b), `${first}${last}`);
  b.close();
});

test("memory of WebAssembly's that grows before it is sent is sent as it was", async () => {
  for (const length of [5000, 20_000]) {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    const message = Buffer.from(memory.buffer, 100, length).fill("wasm");
    await inTick(() => {
      const sending = a.sendall(message);
      memory.grow(1);
      assert.equal(message.length, 0);
      return sending;
    });
    a.close();
    assert.equal(await rest(b), "wasm".repeat(length / 4));
    b.close();
  }
});

test("data that is made longer or shorter while its address is read is sent as it was, or not at all", async () => {
  const [sender, receiver, other] = [0, 1, 2].map(() => socket(AF_INET, SOCK_DGRAM));
  assert.ok(sender && receiver && other);
  for (const one of [receiver, other]) one.bind(["127.0.0.1", 0]);
  const [to, stale] = [receiver.getsockname(), other.getsockname()];
  const resized = (length: number) => {
    const memory = Reflect.construct(ArrayBuffer, [11, { maxByteLength: 500 }]) as ArrayBuffer;
    const address: [string, number] = [...to];
    address[Symbol.iterator] = function* () {
      Reflect.get(memory, "resize").call(memory, length);
      yield* to;
    } as (typeof address)[typeof Symbol.iterator];
    return sender.sendto(new Uint8Array(memory).fill(7), address);
  };
  const before = () => Array.from({ length: 20 }, () => sender.sendto("another's", stale));
  const lost = /^TypeError: sendto: data has lost its memory while the call waited$/;
  let whole = 0;
  for (let round = 0; round < 20; round++) {
    for (const length of [500, 1]) {
      const results = await Promise.allSettled([...before(), resized(length)]);
      const result = results.at(-1) as PromiseSettledResult<number>;
      if (result.status === "fulfilled") whole++;
      else assert.match(String(result.reason), lost);
    }
    for (let i = 0; i < 40; i++) assert.equal(String(await other.recv(999)), "another's");
  }
  assert.ok(whole >= 20 && whole < 40, `${whole}`); // those that have grown, and a few that were not put off
  for (let i = 0; i < whole; i++) assert.deepEqual(await receiver.recv(999), Buffer.alloc(11, 7));
  for (const one of [sender, receiver, other]) one.close();
});

test("memory that a program gives away before it is sent is missed, and nothing is sent in its place", async () => {
  await untilPutOff(async () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    const [c, d] = socketpair(AF_UNIX, SOCK_STREAM);
    const given = Buffer.alloc(5000, "given");
    const sends = [a.sendall("one "), a.sendall(given), a.sendall("two"), c.sendall("other")];
    transfer(given.buffer as ArrayBuffer);
    const [first, second, ...others] = await Promise.allSettled(sends);
    for (const one of [first, ...others]) assert.equal(one?.status, "fulfilled");
    a.close();
    c.close();
    assert.equal(await rest(d), "other");
    const got = await rest(b);
    b.close();
    d.close();
    const isPutOff = second?.status === "rejected";
    if (isPutOff) assert.match(String(second.reason), /^TypeError: .* lost its memory/);
    assert.equal(got, `one ${isPutOff ? "" : "given".repeat(1000)}two`);
    return isPutOff;
  });
});

test("memory that async_hooks give away while a send is put off is missed, too", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  await inTick(async () => {
    const lost = Buffer.alloc(6, "lost");
    const hook = createHook({ init: () => transfer(lost.buffer as ArrayBuffer) });
    hook.enable();
    const sending = a.send(lost);
    hook.disable();
    await assert.rejects(sending, /^TypeError: send: data has lost its memory/);
  });
  await assert.rejects(b.recv(9, MSG_DONTWAIT), { code: "EAGAIN" });
  a.close();
  b.close();
});

test("memory that async_hooks give away when they hear of a batch's microtask is missed, too", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 4 }, () => a.send("another's")));
    for (let i = 0; i < 4; i++) await b.recv(9);
    const lost = Buffer.alloc(6, "lost");
    const hook = createHook({
      init: (_, type) => void (type === "Microtask" && transfer(lost.buffer as ArrayBuffer)),
    });
    hook.enable();
    const sending = a.send(lost);
    hook.disable();
    const [{ status }] = await Promise.allSettled([sending]);
    const got = await b.recv(9, MSG_DONTWAIT).then(String, (error) => error.code);
    assert.equal(got, status === "fulfilled" ? "lostlo" : "EAGAIN");
  }
  a.close();
  b.close();
});

test("async_hooks that send much when they hear of a batch's microtask leave the send its room", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  const [c, d] = socketpair(AF_UNIX, SOCK_DGRAM);
  const message = [Buffer.alloc(16_000)];
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 4 }, () => a.send("before")));
    for (let i = 0; i < 4; i++) await b.recv(9);
    const others: Promise<number>[] = [];
    const hook = createHook({
      init(_, type) {
        if (type !== "Microtask" || others.length > 0) return;
        for (let i = 0; i < 8; i++) others.push(c.sendmsg(message));
      },
    });
    hook.enable();
    const sending = a.sendmsg(message);
    hook.disable();
    assert.equal(await sending, 16_000);
    await Promise.all(others);
    await b.recv(16_000);
    for (const _ of others) await d.recv(16_000);
  }
  for (const one of [a, b, c, d]) one.close();
});

test("a put off datagram that is refused names the peer that it was sent to", async () => {
  const sender = socket(AF_INET, SOCK_DGRAM);
  const peek = socket(AF_INET, SOCK_DGRAM);
  peek.bind(["127.0.0.1", 0]);
  const port = portOf(peek);
  await untilPutOff(async () => {
    const beside = sender.sendto("?", ["127.0.0.1", port]);
    const peer: [string, number] = ["127.255.255.255", 9]; // without SO_BROADCAST
    const sending = sender.sendto("x", peer);
    const before = queued(port, "udp");
    peer[0] = "127.0.0.1"; // the caller's own
    peer[1] = 1;
    await assert.rejects(sending, { code: "EACCES", address: "127.255.255.255", port: 9 });
    await beside;
    await peek.recv(1);
    return before === 0;
  });
  sender.close();
  peek.close();
});

test("put off datagrams that a Unix receiver has no room for arrive in order", async () => {
  const path = `\0put-off-${process.pid}`;
  const receiver = socket(AF_UNIX, SOCK_DGRAM);
  receiver.bind(path);
  const sender = socket(AF_UNIX, SOCK_DGRAM);
  const count = 60; // its queue takes eleven, or as many as net.unix.max_dgram_qlen says
  const sent = await inTick(() => {
    const sends = Array.from({ length: count }, (_, i) => sender.sendto(`${i}`, path));
    return { all: Promise.all(sends) };
  });
  for (let i = 0; i < count; i++) {
    const [data] = await receiver.recvfrom(99);
    assert.equal(data.toString(), `${i}`);
  }
  assert.equal((await sent.all).length, count);
  sender.close();
  receiver.close();
});

test("several sends in a row on a stream that has little room are all made, and each says so", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4608);
  const texts = Array.from({ length: 40 }, (_, i) => `${i}:`.repeat(200));
  texts[7] = ""; // gives the kernel nothing to take
  const done: number[] = [];
  const sending = inTick(() =>
    Promise.all(texts.map((text, i) => a.sendall(text).then(() => done.push(i)))),
  );
  let got = "";
  while (got.length < texts.join("").length) got += await b.recv(999);
  await sending;
  assert.equal(got, texts.join(""));
  assert.deepEqual(
    done,
    texts.map((_, i) => i),
  );
  a.close();
  b.close();
});

test("a blocking call in the tick sees what was sent before it", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const reader = new sync.Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: b.detach() });
  const got = await inTick(async () => {
    const sending = a.sendall("hello");
    const data = reader.recv(99);
    await sending;
    return data.toString();
  });
  assert.equal(got, "hello");
  a.close();
  reader.close();
});

test("what the kernel has no room for waits, in order, and what is behind it", async () => {
  const manners = fc.constantFrom("put off", "with a signal", "in parts", "at once");
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 8192 }), manners), {
        minLength: 20,
        maxLength: 80,
      }),
      async (type, messages) => {
        const [a, b] = socketpair(AF_UNIX, type);
        a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4608);
        const { signal } = new AbortController();
        const send = (bytes: Buffer, how: string): Promise<unknown> => {
          if (how === "put off") return a.sendall(bytes);
          if (how === "with a signal") return a.sendall(bytes, { signal });
          if (type === SOCK_STREAM) return a.sendall(bytes);
          // sendmsg is not made again for what there is no room for: of a message that is whole or not there.
          if (how === "in parts") return a.sendmsg([bytes.subarray(0, 1), bytes.subarray(1)]);
          return a.sendmmsg([bytes]); // never put off
        };
        const data = messages.map(([length, how], i) => {
          const isLong = how === "at once" && type === SOCK_STREAM; // never put off, either
          return Buffer.alloc(isLong ? 16_384 + length : length, i);
        });
        const sending = inTick(() =>
          Promise.all(data.map((bytes, i) => send(bytes, messages[i]?.[1] ?? ""))),
        );
        const expected = Buffer.concat(data);
        const parts: Buffer[] = [];
        for (let length = 0; length < expected.length; ) {
          const part = await b.recv(65_536);
          parts.push(part);
          length += part.length;
        }
        assert.ok(Buffer.concat(parts).equals(expected));
        await sending;
        a.close();
        b.close();
      },
    ),
    { numRuns: 30 },
  );
});

test("a send that is put off and then aborted has gone where there was room", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const controller = new AbortController();
  const { signal } = controller;
  const sent = await inTick(() => {
    const sends = [a.sendall("one ", { signal }), a.send("two", { signal })];
    controller.abort();
    return Promise.all(sends);
  });
  assert.deepEqual(sent, [undefined, 3]);
  a.close();
  assert.equal(await rest(b), "one two");
  b.close();
});

test("a send that is put off and then aborted is given up where there was no room", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  // Through another object, so that this one does not know.
  const other = new sync.Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: dup(a.fileno()) });
  other.settimeout(0);
  let held = 0;
  for (let rc = 1; rc > 0; held += rc) {
    try {
      rc = other.send(Buffer.alloc(1000, "x"));
    } catch {
      rc = 0;
    }
  }
  other.close();
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("enough");
  const outcomes = await inTick(() => {
    const sends = [a.sendall("never", { signal }), a.sendall("later")];
    controller.abort(reason);
    const reading = rest(b);
    return Promise.allSettled(sends).then(async (settled) => {
      a.close();
      return { settled, read: await reading };
    });
  });
  assert.deepEqual(
    outcomes.settled.map((one) => (one.status === "rejected" ? one.reason : one.value)),
    [reason, undefined],
  );
  assert.equal((reason as { bytesSent?: number }).bytesSent, 0);
  assert.equal(outcomes.read, `${"x".repeat(held)}later`);
  b.close();
});

test("a send that is put off has the timeout that its socket had when it was called", async () => {
  for (const [timeout, later] of [
    [null, 0.001],
    [null, 0],
    [0.001, null],
  ] as const) {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    a.settimeout(timeout);
    const sends = await inTick(() => {
      // More than there is room for.
      const calls = Array.from({ length: 20 }, () => a.sendall(Buffer.alloc(60_000)));
      a.settimeout(later);
      return calls.map((call) =>
        call.then(
          () => null,
          (error) => error.code,
        ),
      );
    });
    await pause(10);
    const reading = rest(b);
    const ends = await Promise.all(sends);
    assert.equal(ends.at(-1), timeout === null ? null : "ETIMEDOUT");
    a.close();
    await reading;
    b.close();
  }
});

for (const others of [0, 2]) {
  test(`nothing is overtaken where a reader makes room meanwhile, among sends of ${others} other sockets`, async () => {
    const program = `
    const hash = require("node:crypto").createHash("sha256");
    const part = Buffer.alloc(500);
    for (let n; (n = require("node:fs").readSync(3, part)) > 0; ) hash.update(part.subarray(0, n));
    process.stdout.write(hash.digest("hex"));
  `;
    const [here, there] = sync.socketpair(AF_UNIX, SOCK_STREAM);
    const reader = spawn(process.execPath, ["-e", program], {
      stdio: ["ignore", "pipe", "inherit", there.fileno()],
    });
    there.close();
    const a = new Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: here.detach() });
    a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4608);
    const sinks = Array.from({ length: others }, () => socket(AF_INET, SOCK_DGRAM));
    for (const sink of sinks) {
      sink.bind(["127.0.0.1", 0]);
      await sink.connect(sink.getsockname()); // what it has no room for is dropped
    }
    const hash = createHash("sha256");
    for (let round = 0; round < 300; round++) {
      const data = Array.from({ length: 60 }, (_, i) => Buffer.alloc(50 * i, i + round));
      for (const bytes of data) hash.update(bytes);
      await inTick(() =>
        Promise.all(
          data.flatMap((bytes) => [a.sendall(bytes), ...sinks.map((sink) => sink.send("x"))]),
        ),
      );
    }
    for (const one of [a, ...sinks]) one.close();
    const { output } = await ended(reader);
    assert.equal(output, hash.digest("hex"));
  });
}

test("a send of a tick does not overtake those that wait for the loop's next turn", async () => {
  const [a, b] = await connected();
  const pairs = Array.from({ length: MANY }, () => socketpair(AF_UNIX, SOCK_STREAM));
  let count = 0;
  const numbered = () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(count++);
    return a.send(bytes); // never part of another's call, so that many turns are spent
  };
  let isOver = false;
  const late = pairs.map(([near]) =>
    near.recv(1).then(() => {
      assert.ok(!isOver, "the tick came too late to try this");
      return numbered();
    }),
  );
  await turns();
  for (const [, far] of pairs) far.sendall("?");
  const sends = Array.from({ length: 20_000 }, numbered);
  const reading = readAll(b);
  assert.ok((await Promise.all(sends)).every((sent) => sent === 4));
  isOver = true;
  await Promise.all(late);
  a.close();
  const read = await reading;
  const numbers = new Uint32Array(
    read.buffer.slice(read.byteOffset, read.byteOffset + read.length),
  );
  assert.deepEqual(
    numbers,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  for (const [near, far] of pairs) {
    near.close();
    far.close();
  }
  b.close();
});

test("memory is the caller's again once the call has been made", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const buffer = Buffer.alloc(1);
  await inTick(async () => {
    for (const text of ["1", "2", "3"]) {
      buffer.write(text);
      await a.sendall(buffer);
    }
  });
  for (const text of ["1", "2", "3"]) assert.equal((await b.recv(9)).toString(), text);
  a.close();
  b.close();
});

test("a class that lies about its length sends its own bytes, and nobody else's", async () => {
  class Long extends Uint8Array {
    override get length(): number {
      return 100;
    }
  }
  class Short extends Uint8Array {
    override get length(): number {
      return 1;
    }
  }
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  await inTick(() =>
    Promise.allSettled([
      a.send(new Long([1, 2])),
      a.send("between"),
      a.send(new Short([3, 4])),
      a.sendmsg([new Long([1, 2])]),
      a.sendmsg([new Short([3, 4])]),
      a.send("behind"),
    ]),
  );
  a.close();
  const got: string[] = [];
  for (let data = await b.recv(999); data.length > 0; data = await b.recv(999)) {
    got.push(data.toString("latin1"));
  }
  assert.ok(
    got.every((text) => ["\x01\x02", "between", "\x03", "\x03\x04", "behind"].includes(text)),
  );
  assert.deepEqual([got.includes("between"), got.includes("behind")], [true, true]);
  b.close();
});

test("errors are those of the call: its peer or the socket is closed, or it is out of time", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  b.close();
  const [broken, closed] = await inTick(async () => {
    const calls = Promise.allSettled([a.sendall("x")]);
    a.fileno();
    const [first] = await calls;
    a.close();
    return [first, ...(await Promise.allSettled([a.sendall("x")]))];
  });
  assert.equal(broken?.status === "rejected" && broken.reason.code, "EPIPE");
  assert.equal(broken?.status === "rejected" && broken.reason.bytesSent, 0);
  assert.equal(closed?.status === "rejected" && closed.reason.code, "EBADF");

  const [c, d] = socketpair(AF_UNIX, SOCK_STREAM);
  c.setsockopt(SOL_SOCKET, SO_SNDBUF, 4608);
  c.settimeout(0.05);
  const slow = await inTick(() =>
    Promise.allSettled(Array.from({ length: 8 }, () => c.sendall(Buffer.alloc(8000)))),
  );
  const late = slow.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  assert.ok(late.length > 0);
  assert.ok(late.every((error) => error instanceof TimeoutError));
  let there = 0;
  d.settimeout(0);
  try {
    for (;;) there += (await d.recv(65_536)).length;
  } catch (error) {
    assert.equal((error as { code: string }).code, "EAGAIN");
  }
  const whole = 8000 * (slow.length - late.length);
  assert.equal(there, whole + late.reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0));
  c.close();
  d.close();
});

test("nothing is lost where the program ends right behind a send", async () => {
  const program = `
    import { AF_UNIX, SOCK_STREAM, Socket, socketpair } from "berkeley";
    const last = process.argv.at(-1);
    const text = "x".repeat(LENGTH);
    const out = new Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: 3 });
    const pairs = Array.from({ length: 8 }, () => socketpair());
    let count = 0;
    for (const [near] of pairs) {
      near.recv(1).then(() => {
        out.sendall(text).catch(() => {});
        if (++count < 8) return;
        if (last === "exit") process.exit(0);
        queueMicrotask(() => { throw new Error("ends the program"); });
      });
    }
    await new Promise(setImmediate);
    for (const [, far] of pairs) await far.sendall("?");
  `;
  for (const last of endings) {
    for (const length of [1, 3000]) {
      const output = outputOf(program.replace("LENGTH", `${length}`), last);
      assert.equal(output, "x".repeat(8 * length), last);
    }
  }
});

test("what a listener of 'exit' sends is sent, wherever the program ends", async () => {
  const program = `
    import { AF_UNIX, SOCK_STREAM, Socket, socketpair } from "berkeley";
    const isTimer = process.argv.at(-1) === "throw";
    const out = new Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: 3 });
    const pairs = Array.from({ length: 8 }, () => socketpair());
    process.on("exit", () => out.sendall("bye"));
    const hear = async ([near]) => {
      for (;;) {
        await near.recv(1);
        if (!isTimer) process.exit();
      }
    };
    pairs.forEach(hear);
    process.on("exit", () => out.sendall("!"));
    const tell = () => {
      for (const [, far] of pairs) far.sendall("x");
    };
    // Until V8 has compiled it, and many a turn are put off.
    for (let i = 0; isTimer && i < 2000; i++) {
      await new Promise(setImmediate);
      tell();
    }
    setTimeout(() => {
      tell();
      if (isTimer) throw new Error("ends the program");
    }, 1);
  `;
  for (const last of endings) assert.equal(outputOf(program, last), "bye!", last);
});

test("who asks for a descriptor's number writes behind what was sent", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  await inTick(() => {
    a.sendall("first ");
    writeSync(a.fileno(), "second");
  });
  a.close();
  assert.equal(await rest(b), "first second");
  b.close();
});

test("no line of a class of arrays runs while its bytes are put off", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const [c, d] = socketpair(AF_UNIX, SOCK_STREAM);
  class Own extends Uint8Array {
    static asked = 0;
    override get buffer(): ArrayBuffer {
      Own.asked++;
      c.sendall("from within");
      return super.buffer as ArrayBuffer;
    }
    override get length(): number {
      Own.asked++;
      return 7;
    }
  }
  const sent = new Own(3000).fill(120);
  await inTick(() => a.sendall(sent));
  assert.equal(Own.asked, 0);
  a.close();
  c.close();
  assert.equal(await rest(b), "x".repeat(3000));
  assert.equal(await rest(d), "");
  b.close();
  d.close();
});

test("reads that are put off get what is there, and wait where there is nothing", async () => {
  for (const type of [SOCK_SEQPACKET, SOCK_DGRAM, SOCK_STREAM]) {
    const [a, b] = socketpair(AF_UNIX, type);
    for (const text of ["1", "2", "3"]) await a.sendall(text);
    const reading = inTick(() => Promise.all(Array.from({ length: 5 }, () => b.recv(1))));
    await turns();
    await a.sendall("4");
    await turns();
    await a.sendall("5");
    assert.equal(Buffer.concat(await reading).toString(), "12345");
    if (type !== SOCK_DGRAM) {
      const last = inTick(() => b.recv(1));
      a.close();
      assert.equal((await last).length, 0);
    }
    a.close();
    b.close();
  }
});

test("a read that is put off and closed is EBADF, and the slot's next socket has its own bytes", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const [c, d] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const first = b.recv(9); // from now on the poller knows it
  await turns();
  await a.sendall("first");
  assert.equal((await first).toString(), "first");
  const got = await inTick(() => {
    const closed = b.recv(9);
    b.close();
    // The poller knows this one where it knew the other, for a wait that is over before the tick is.
    const controller = new AbortController();
    const aborted = d.recv(9, MSG_PEEK, { signal: controller.signal });
    controller.abort("why");
    c.sendall("new");
    c.sendall("next");
    return Promise.allSettled([closed, aborted, d.recv(9)]);
  });
  const [closed, aborted, read] = got;
  assert.equal(closed.status === "rejected" && closed.reason.code, "EBADF");
  assert.equal(aborted.status === "rejected" && aborted.reason, "why");
  assert.equal(read.status === "fulfilled" && read.value.toString(), "new");
  d.settimeout(10);
  assert.equal((await d.recv(9)).toString(), "next");
  for (const one of [a, c, d]) one.close();
});

test("what ended a read before is what a read that would be put off hears", async () => {
  const [a, b] = await connected();
  const reading = b.recv(9, MSG_WAITALL);
  a.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(new Int32Array([1, 0]).buffer));
  await a.sendall("abc");
  await turns();
  a.close(); // a reset
  assert.equal((await reading).toString(), "abc");
  await inTick(() => assert.rejects(b.recv(9), { code: "ECONNRESET" }));
  b.close();
});

test("reads that are put off and find something each time leave the loop its turns", async () => {
  const pairs = Array.from({ length: MANY }, () => socketpair(AF_UNIX, SOCK_STREAM));
  const size = 50_000;
  for (const [a] of pairs) {
    await a.sendall(Buffer.alloc(size));
    a.close();
  }
  let read = 0;
  const readers = pairs.map(async ([, b]) => {
    while ((await b.recv(1)).length > 0) read++;
    b.close();
  });
  await turns(3);
  assert.ok(read < MANY * size, "the loop had no turn before all was read");
  await Promise.all(readers);
  assert.equal(read, MANY * size);
});

test("of two objects on one descriptor each read that is put off gets a message", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const twin = socket(AF_UNIX, SOCK_SEQPACKET, 0, { fileno: b.fileno() });
  await a.sendall("1");
  await a.sendall("2");
  const got = await inTick(() => Promise.all([b.recv(9), twin.recv(9)]));
  assert.deepEqual(got.map(String).sort(), ["1", "2"]);
  const waiting = inTick(() => Promise.all([twin.recv(9), b.recv(9)]));
  await turns();
  await a.sendall("3");
  await a.sendall("4");
  assert.deepEqual((await waiting).map(String).sort(), ["3", "4"]);
  twin.detach();
  a.close();
  b.close();
});

test("a read that comes when the turn's budget is spent is made in the next turn", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  const [c, d] = socketpair(AF_UNIX, SOCK_DGRAM);
  const twin = socket(AF_UNIX, SOCK_SEQPACKET, 0, { fileno: b.fileno() });
  /** Calls `read` after so many calls that no more are made until the event loop goes round. */
  const spent = async <T>(read: () => Promise<T>): Promise<T> => {
    const calls = Array.from({ length: 600 }, () => [c.sendall("x"), d.recv(1)]).flat();
    const result = read();
    await Promise.all(calls);
    return result;
  };
  const first = b.recv(9); // from now on the poller knows it
  await a.sendall("first");
  assert.equal((await first).toString(), "first");
  for (const reader of [b, twin]) {
    if (reader === twin) {
      const known = twin.recv(9);
      await a.sendall("known");
      assert.equal((await known).toString(), "known");
    }
    await a.sendall("there");
    assert.equal((await spent(() => reader.recv(9))).toString(), "there");
    let isOver = false;
    const later = spent(() => reader.recv(9).finally(() => (isOver = true)));
    await turns(5);
    assert.equal(isOver, false);
    await a.sendall("later");
    assert.equal((await later).toString(), "later");
  }
  await a.sendall("two");
  await a.sendall("one each");
  const both = await spent(() => Promise.all([b.recv(9), twin.recv(9)]));
  assert.deepEqual(both.map(String).sort(), ["one each", "two"]);
  twin.detach();
  const closing = spent(() => b.recv(9));
  a.close();
  assert.equal((await closing).length, 0);
  for (const one of [b, c, d]) one.close();
});

test("many that answer each other for ever leave the loop its turns", async () => {
  const pairs = Array.from({ length: MANY }, () => socketpair(AF_UNIX, SOCK_SEQPACKET));
  let isOver = false;
  let messages = 0;
  const players = pairs.flat().map(async (one) => {
    for (; !isOver; messages++) {
      const round = one.sendall("x").then(() => one.recv(1));
      await round.catch((error) => assert.ok(isOver, error)); // its peer is closed
    }
    one.close();
  });
  const heard: string[] = [];
  setTimeout(() => heard.push("timer"), 1);
  for (let turn = 0; turn < 1000 && heard.length === 0; turn++) await turns(1);
  isOver = true;
  await Promise.all(players);
  assert.deepEqual(heard, ["timer"]);
  assert.ok(messages > MANY);
});

test("an answer does not wait for the work of all that are heard of with it", async () => {
  const clients: Socket[] = [];
  const servers: Socket[] = [];
  for (let i = 0; i < MANY; i++) {
    const [client, server] = await connected();
    clients.push(client);
    servers.push(server);
  }
  const ports = clients.map(portOf);
  /** How many earlier answers are in the kernel when the last one is being worked on. */
  const arrived: number[] = [];
  for (let round = 0; round < 3; round++) {
    let answered = 0;
    const handled = servers.map(async (server) => {
      await server.recv(9);
      const until = performance.now() + 2;
      while (performance.now() < until); // work
      if (++answered === MANY) {
        arrived.push(ports.filter((port) => queued(port) > 0).length);
      }
      await server.sendall("done");
    });
    await turns();
    for (const client of clients) await client.sendall("?");
    await Promise.all(handled);
    for (const client of clients) await client.recv(9);
  }
  // The first time it is not known yet how long each takes.
  const [, ...later] = arrived;
  assert.ok(
    later.some((count) => count > MANY / 2),
    `${arrived}`,
  );
  for (const one of [...clients, ...servers]) one.close();
});

test("small buffers on both sides of TCP: all that many send at once arrives", async () => {
  const pairs = await Promise.all(Array.from({ length: MANY }, () => connected()));
  for (const [a, b] of pairs) {
    a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4608);
    b.setsockopt(SOL_SOCKET, SO_RCVBUF, 2304);
  }
  const total = 200_000;
  const data = Buffer.from(Uint8Array.from({ length: total }, (_, i) => i % 251));
  const received = await Promise.all(
    pairs.map(async ([a, b], i) => {
      const sending = (async () => {
        for (let at = 0; at < total; ) {
          const size = 1 + ((at * 7 + i * 13) % 5000);
          await a.sendall(data.subarray(at, at + size));
          at += size;
        }
        a.close();
      })();
      const parts: Buffer[] = [];
      for (let part = await b.recv(1000); part.length > 0; part = await b.recv(1000)) {
        parts.push(part);
      }
      await sending;
      b.close();
      return Buffer.concat(parts);
    }),
  );
  for (const got of received) assert.ok(got.equals(data));
});

test("a read that is put off is not written to memory that was transferred meanwhile", async () => {
  const [server, client] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  for (let round = 0; round < 20; round++) {
    const waiting = server.recv(100);
    await turns();
    await client.send("one");
    const { buffer } = await waiting;
    await client.send("two");
    const data = await inTick(async () => {
      const reading = server.recv(100);
      const moved = transfer(buffer as ArrayBuffer);
      const before = moved.slice(0);
      const read = await reading;
      if (moved !== buffer) assert.deepEqual(moved, before);
      return read;
    });
    assert.equal(String(data), "two");
  }
  server.close();
  client.close();
});

test("what is sent in 'exit' is sent though nothing was put off before", async () => {
  const program = `
    import { AF_UNIX, SOCK_STREAM, Socket } from "berkeley";
    const out = new Socket(AF_UNIX, SOCK_STREAM, 0, { fileno: 3 });
    for (let i = 0; i < 12; i++) out.sendall("x");
    process.on("exit", () => {
      for (const text of ["l", "a", "s", "t"]) out.sendall(text);
    });
    setTimeout(() => {
      if (process.argv.at(-1) === "exit") process.exit();
      throw new Error("ends the program");
    }, 20);
  `;
  for (const last of endings) assert.equal(outputOf(program, last), `${"x".repeat(12)}last`, last);
});

test("a class of memory whose length sends something is not asked for it", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  class Asking extends ArrayBuffer {
    override get byteLength(): number {
      if (isArmed) a.send("nested");
      return super.byteLength;
    }
  }
  let isArmed = false;
  const long = new Uint8Array(new Asking(3000));
  isArmed = true;
  const sent = await inTick(() => Promise.all([a.send("one"), a.send(long), a.send("two")]));
  assert.deepEqual(sent, [3, 3000, 3]);
  for (const length of sent) assert.equal((await b.recv(4000)).length, length);
  a.close();
  b.close();
});
