/** Arguments that change, lie or go away while a call waits. */
import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import test from "node:test";
import { runInNewContext } from "node:vm";
import * as berkeley from "berkeley";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  ALG_SET_IV,
  createConnection,
  createServer,
  IPPROTO_MPTCP,
  MSG_DONTWAIT,
  MSG_TRUNC,
  MSG_WAITALL,
  MSG_ZEROCOPY,
  SCM_RIGHTS,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_ALG,
  SOL_SOCKET,
  setOption,
  socket,
  socketpair,
  TimeoutError,
} from "berkeley";
import * as sync from "berkeley/sync";
import { lacks } from "../families/support.js";
import { faces, outcome } from "../support/faces.js";
import { root } from "../support/machine.js";
import { without } from "../support/peers.js";
import { turns } from "../support/process.js";

/** A listener whose backlog is full, so that a connect to it waits. */
async function fullListener(): Promise<[name: string, closeAll: () => void]> {
  const listener = socket(AF_UNIX);
  listener.bind("");
  listener.listen(0);
  const name = listener.getsockname() as string;
  const client = socket(AF_UNIX);
  await client.connect(name);
  return [
    name,
    () => {
      client.close();
      listener.close();
    },
  ];
}

/** A port of 127.0.0.1 where nobody listens. */
function closedPort(): number {
  const listener = createServer(["127.0.0.1", 0]);
  const [, port] = listener.getsockname();
  listener.close();
  return port;
}

test("an address that is written to while the call waits is not the error's", async () => {
  const port = closedPort();
  const address: [string, number] = ["127.0.0.1", port];
  const [first, second] = [socket(), socket()];
  const connecting = first.connect(address);
  address[1] = 1;
  (address as unknown[])[0] = null;
  await assert.rejects(connecting, {
    code: "ECONNREFUSED",
    port,
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  });
  const named: [string, number] = ["localhost", port];
  const resolving = second.connect(named);
  (named as unknown[])[0] = null;
  await assert.rejects(resolving, { code: "ECONNREFUSED", address: "localhost" });
  first.close();
  second.close(); // or the collector warns of it in the middle of another test
});

test("memory that is transferred while a call waits is an error, not the end of the data", async () => {
  const [a, b] = socketpair();
  const bytes = new Uint8Array(8 * 1024 * 1024);
  const sending = a.sendall(bytes);
  const into = new Uint8Array(100);
  const reading = a.recvInto(into);
  const parts = a.recvmsgInto([into]);
  for (const { buffer } of [bytes, into]) structuredClone(buffer, { transfer: [buffer] });
  let received = 0;
  await b.sendall("x");
  const lost = { name: "TypeError", message: /has lost its memory while the call waited/ };
  await assert.rejects(reading, lost);
  await assert.rejects(parts, lost);
  assert.equal(String(await a.recv(1)), "x");
  const rejected = assert.rejects(sending, (error: Error & { bytesSent?: number }) => {
    assert.match(error.message, lost.message);
    received -= error.bytesSent ?? 0;
    return true;
  });
  received += (await b.recv(1024 * 1024)).length;
  await rejected;
  a.close();
  for (let more = 1; more > 0; ) {
    more = (await b.recv(1024 * 1024)).length;
    received += more;
  }
  assert.equal(received, 0); // as many as the error says were sent
  b.close();
});

test("memory that is lost, or grows, while a call waits: what was given is sent, or nothing", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  const lost = Array.from({ length: 500 }, () => new Uint8Array(100).fill(7));
  const sending = a.sendmmsg(lost);
  await turns(); // as many as there is room for have left
  for (const { buffer } of lost) structuredClone(buffer, { transfer: [buffer] });
  b.settimeout(0.05);
  let received = 0;
  await assert.rejects(async () => {
    for (; ; received++) assert.equal((await b.recv(200)).length, 100);
  }, TimeoutError);
  assert.ok(received > 0 && received < 500, `${received}`);
  assert.equal(await sending, received);

  const sends = {
    send: (bytes: Uint8Array) => a.send(bytes),
    sendall: (bytes: Uint8Array) => a.sendall(bytes),
    sendmsg: (bytes: Uint8Array) => a.sendmsg([bytes]),
    sendmmsg: (bytes: Uint8Array) => a.sendmmsg([bytes]),
  };
  for (const [name, send] of Object.entries(sends)) {
    for (;;) {
      if ((await a.sendmmsg(["full"], MSG_DONTWAIT).catch(() => 0)) === 0) break;
    }
    // @ts-expect-error TypeScript's library is of a year before there was such memory.
    const memory = new ArrayBuffer(10, { maxByteLength: 1000 });
    const waiting = send(new Uint8Array(memory));
    await turns();
    // @ts-expect-error The same.
    memory.resize(1000);
    let last: Uint8Array = Buffer.alloc(0);
    await assert.rejects(async () => {
      for (;;) last = await b.recv(2000);
    }, TimeoutError);
    await waiting;
    assert.equal(last.length, 10, name);
  }
  a.close();
  b.close();
});

test("memory that grows, or is lost, while a call waits is read into as it was given, or not at all", async () => {
  const [a, b] = socketpair();
  const memory = Reflect.construct(ArrayBuffer, [4, { maxByteLength: 100 }]) as ArrayBuffer;
  const [grown, fixed] = [new Uint8Array(memory), new Uint8Array(4)];
  const resize = (length: number) => Reflect.get(memory, "resize").call(memory, length);
  const reading = a.recvmsgInto([grown, fixed], 0, MSG_WAITALL);
  await b.sendall("012345");
  await turns();
  resize(100);
  await b.sendall("6789");
  assert.equal((await reading)[0], 8);
  assert.equal(String(Buffer.concat([grown.subarray(0, 4), fixed])), "01234567");
  resize(4);
  const lost = new Uint8Array(4);
  await a.recv(2);
  const refused = a.recvmsgInto([lost, grown]);
  structuredClone(lost.buffer, { transfer: [lost.buffer] });
  resize(100);
  await b.sendall("x");
  await assert.rejects(refused, /recvmsgInto: a buffer has lost its memory/);
  assert.equal(String(await a.recv(9)), "x");
  a.close();
  b.close();
});

test("memory for a batch that is lost while the call waits is an error, and costs no datagram", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  const into = new Uint8Array(640);
  const waiting = a.recvmmsgInto(into, 10);
  structuredClone(into.buffer, { transfer: [into.buffer] });
  await b.send("x");
  await assert.rejects(waiting, /^TypeError: recvmmsgInto: buffer has lost its memory while/);
  assert.equal(String(await a.recv(9)), "x");
  // Of no bytes none can be lost, but what came beside them.
  await berkeley.sendFds(b, ["y"], [0]);
  const [datagram] = await a.recvmmsgInto(into, 0, 64);
  assert.equal(datagram?.data.length, 0);
  const [fd] = berkeley.findControl(datagram.ancdata, "SCM_RIGHTS") ?? [];
  berkeley.close(fd as number);
  a.close();
  b.close();
});

test("calls that a program's async_hooks make while a call begins to wait are calls of their own", async () => {
  const [a, b] = socketpair();
  const [c, d] = socketpair();
  let isArmed = true;
  let inner: Promise<Buffer> | undefined;
  const hook = createHook({
    init() {
      if (!isArmed) return;
      isArmed = false;
      inner = c.recv(9);
    },
  });
  hook.enable();
  const reading = a.recv(9);
  hook.disable();
  await Promise.all([b.sendall("outer"), d.sendall("inner")]);
  assert.deepEqual((await Promise.all([reading, inner])).map(String), ["outer", "inner"]);
  for (const one of [a, b, c, d]) one.close();
});

test("messages that are added while they are read are sent with the others", async () => {
  const [a, b] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)];
  b.bind(["127.0.0.1", 0]);
  const destination = b.getsockname();
  await a.connect(destination);
  const messages: unknown[] = Array.from({ length: 70 }, () => ({ contents: "x", destination }));
  Object.defineProperty(messages, 60, {
    get() {
      messages.push("y");
      return "x";
    },
  });
  assert.equal(await a.sendmmsg(messages as never), 71);
  for (let i = 0; i < 71; i++) assert.equal(String(await b.recv(9)), i < 70 ? "x" : "y");
  a.close();
  b.close();
});

test("a socket that async_hooks close while a call begins to wait is closed for it", async () => {
  const [a, b] = socketpair();
  const hook = createHook({ init: () => b.close() });
  hook.enable();
  const reading = b.recv(9);
  hook.disable();
  await assert.rejects(reading, { code: "EBADF" });
  a.close();
});

test("what a class of arrays says of itself is not asked: the bytes that are there are sent", async () => {
  class Liar extends Uint8Array {
    override get length(): number {
      return 1e9;
    }
    override get byteLength(): number {
      return 1e9;
    }
  }
  const [a, b] = socketpair();
  await a.sendall(new Liar(5).fill(1));
  assert.equal(await a.send(new Liar(2).fill(2)), 2);
  assert.deepEqual([...(await b.recv(100))], [1, 1, 1, 1, 1, 2, 2]);
  const fds = new Liar(Uint32Array.of(a.fileno()).buffer);
  await a.sendmsg(["x"], [[SOL_SOCKET, SCM_RIGHTS, fds]]);
  const [, [received]] = await berkeley.recvFds(b, 1, 1);
  berkeley.close(received as number);
  const alone = socket(AF_UNIX);
  alone.bind(new Liar(Buffer.from(`\0liar ${process.pid}`)));
  assert.equal(alone.getsockname(), `\0liar ${process.pid}`);
  assert.throws(() => alone.bind(new Liar(109)), /an AF_UNIX path must be at most 108 bytes/);
  assert.equal(berkeley.inetNtoa(new Liar(4).fill(1)), "1.1.1.1");
  assert.throws(() => berkeley.inetNtop(AF_INET, new Liar(3)), /packed must be 4 bytes/);
  const [level, type, iv] = berkeley.encodeControl("ALG_SET_IV", new Liar(2).fill(7));
  assert.deepEqual([level, type, ...iv], [SOL_ALG, ALG_SET_IV, 2, 0, 0, 0, 7, 7]);
  for (const one of [a, b, alone]) one.close();
});

test("memory is not asked for its length while a call is made", async () => {
  let isArmed = false;
  class Asked extends ArrayBuffer {
    override get byteLength(): number {
      assert.ok(!isArmed, "a program's own code would run here");
      return super.byteLength;
    }
  }
  const memory = new Uint8Array(new Asked(8));
  const [a, b] = socketpair();
  const reading = b.recvmsgInto([memory], 0, MSG_WAITALL);
  isArmed = true;
  await a.sendall("half");
  await turns();
  await a.sendall(memory.subarray(0, 4));
  assert.equal((await reading)[0], 8);
  isArmed = false;
  assert.equal(String(Buffer.from(memory)), "halfhalf");
  a.close();
  b.close();
});

test("bytes of another realm are bytes, of an address and of a host, too", async () => {
  const foreign = (text: string): Uint8Array =>
    runInNewContext("Uint8Array.from(codes)", { codes: [...Buffer.from(text)] });
  const name = `\0foreign ${process.pid}`;
  const listener = socket(AF_UNIX);
  const client = socket(AF_UNIX);
  const refused = client.connect(foreign(`${name} too`));
  await assert.rejects(refused, { code: "ECONNREFUSED", address: `${name} too` });
  listener.bind(foreign(name));
  listener.listen();
  await client.connect(foreign(name));
  assert.equal(client.getpeername(), name);
  assert.equal(await berkeley.gethostbyname(foreign("127.1")), "127.0.0.1");
  listener.close();
  client.close();
});

test("another realm's ArrayBuffer in the place of Node's, as jest's DOM has it, leaves numbers what they are", async (t) => {
  const own = globalThis.ArrayBuffer;
  t.after(() => {
    globalThis.ArrayBuffer = own;
  });
  globalThis.ArrayBuffer = runInNewContext("ArrayBuffer");
  assert.deepEqual([...berkeley.inetPton(AF_INET, "1.2.3.4")], [1, 2, 3, 4]);
  assert.deepEqual([...berkeley.inetAton("127.1")], [127, 0, 0, 1]);
  assert.throws(() => berkeley.inetPton(AF_INET, "1.2.3"), { code: "EINVAL" });
  const sock = socket(AF_INET, SOCK_DGRAM);
  setOption(sock, "IP_MULTICAST_IF", { local: "127.0.0.1" });
  sock.bind(["127.0.0.1", 0]);
  const message = { contents: "no look-up", destination: sock.getsockname() };
  assert.equal(await sock.sendmmsg([message]), 1);
  sock.close();
});

test("a signal that aborts while the arguments are read ends the call", async () => {
  const [a, b] = socketpair();
  const controller = new AbortController();
  const parts = [Buffer.alloc(3)];
  Object.defineProperty(parts, 1, {
    get() {
      controller.abort();
      return Buffer.alloc(1);
    },
  });
  const { signal } = controller;
  await assert.rejects(a.recvmsgInto(parts, { signal }), { name: "AbortError" });
  a.close();
  b.close();
});

test("an object of a class, or of another realm, that has a signal is the options", async () => {
  const [a, b] = socketpair();
  class Options {
    constructor(readonly signal: AbortSignal) {}
  }
  const controller = new AbortController();
  const { signal } = controller;
  const foreign = runInNewContext("({ signal })", { signal }) as { signal: AbortSignal };
  const waiting = [controller, new Options(signal), foreign].map((options) => a.recv(1, options));
  const rejected = waiting.map((one) => assert.rejects(one, { name: "AbortError" }));
  await turns();
  controller.abort();
  await Promise.all(rejected);
  await assert.rejects(a.recv(1, new Options({} as AbortSignal)), {
    message: /recv: signal must be an AbortSignal/,
  });
  await b.sendall("x");
  assert.equal(String(await a.recv(1, runInNewContext("({})"))), "x");
  a.close();
  b.close();
});

test("what a program has put in the place of a signal's members is not run, and loses no bytes", async () => {
  const [a, b] = socketpair();
  const own = () => assert.fail("a program's own code would run here");
  const armed = (controller: AbortController): AbortSignal =>
    Object.defineProperties(controller.signal, {
      aborted: { get: own },
      reason: { get: own },
      throwIfAborted: { value: own },
      addEventListener: { value: own },
      removeEventListener: { value: own },
    });
  const signal = armed(new AbortController());
  const reading = a.recv(9, { signal });
  await b.sendall("first");
  assert.equal(String(await reading), "first");
  const controller = new AbortController();
  const ended = a.recv(9, { signal: armed(controller) });
  const filling = a.sendall(Buffer.alloc(4_000_000), { signal });
  const looking = berkeley.getaddrinfo("localhost", 1, { signal });
  controller.abort("reason");
  await assert.rejects(ended, (error) => error === "reason");
  await looking;
  // A Proxy is refused before anybody waits.
  const proxy = new Proxy(new AbortController().signal, {});
  await assert.rejects(a.recv(9, { signal: proxy }), /recv: signal must be an AbortSignal/);
  await b.sendall("second");
  assert.equal(String(await a.recv(9)), "second");
  a.close();
  await assert.rejects(filling, { code: "EBADF" });
  b.close();
});

test("a signal of a class that stands in AbortSignal's place, as a DOM's for tests does, is one", async () => {
  const [a, b] = socketpair();
  const own = AbortSignal;
  const controller = new AbortController();
  class Other extends EventTarget {
    aborted = false;
    reason: unknown = undefined;
  }
  Object.assign(globalThis, { AbortSignal: Other });
  try {
    const signal = new Other();
    const reading = a.recv(9, 0, { signal: signal as unknown as AbortSignal });
    Object.assign(signal, { aborted: true, reason: "reason" });
    signal.dispatchEvent(new Event("abort"));
    await assert.rejects(reading, (error) => error === "reason");
    const { signal: nodes } = controller;
    const next = a.recv(9, 0, { signal: nodes });
    controller.abort("its reason");
    await assert.rejects(next, (error) => error === "its reason");
  } finally {
    Object.assign(globalThis, { AbortSignal: own });
  }
  a.close();
  b.close();
});

test("so is one where that class, with events of its own, was there before the library was loaded", () => {
  const program = `
    globalThis.AbortSignal = class {
      listeners = new Set();
      aborted = false;
      addEventListener(_, listener) {
        this.listeners.add(listener);
      }
      removeEventListener(_, listener) {
        this.listeners.delete(listener);
      }
    };
    const { getaddrinfo, socketpair } = await import("berkeley");
    const [a, b] = socketpair();
    const signal = new AbortSignal();
    const reading = a.recv(9, 0, { signal });
    Object.assign(signal, { aborted: true, reason: "reason" });
    for (const listener of signal.listeners) listener();
    await reading.catch((reason) => console.log(reason));
    await getaddrinfo("localhost", 1, { signal }).catch((reason) => console.log(reason));
    const other = new AbortSignal();
    const next = a.recv(9, 0, { signal: other });
    await b.send("x");
    console.log(String(await next), other.listeners.size);`;
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(stdout, "reason\nreason\nx 0\n", stderr);
});

test("a sendall whose signal has aborted before has sent nothing, and says so", async () => {
  const [a, b] = socketpair();
  const controller = new AbortController();
  const { signal } = controller;
  const filling = a.sendall(Buffer.alloc(4_000_000), { signal });
  await turns();
  controller.abort();
  const { bytesSent } = await filling.catch((error) => error);
  assert.ok(bytesSent > 0);
  for (const one of [signal, AbortSignal.abort()]) {
    await assert.rejects(a.sendall("x", { signal: one }), { name: "AbortError", bytesSent: 0 });
  }
  a.close();
  b.close();
});

test("a DataView whose memory has gone is named", async () => {
  const memory = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer;
  const view = new DataView(memory, 4, 4);
  Reflect.get(memory, "resize").call(memory, 2);
  const [a, b] = socketpair();
  await assert.rejects(a.send(view), { message: "send: data has lost its memory" });
  a.close();
  b.close();
});

test("createConnection reads its options once", async () => {
  using listener = createServer(["127.0.0.1", 0]);
  let reads = 0;
  const options = {
    get timeout(): number {
      if (reads++ > 0) throw new Error("read again");
      return 5;
    },
  };
  using connection = await createConnection(listener.getsockname(), options);
  assert.equal(connection.gettimeout(), 5);
});

test("createConnection's source may be what an IPv6 socket says of itself", {
  skip: without.ipv6,
}, async () => {
  using listener = createServer(["::1", 0], { family: AF_INET6 });
  const [host, port] = listener.getsockname();
  const [, , flow, scope] = listener.getsockname();
  using connection = await createConnection([host, port], {
    sourceAddress: ["::1", 0, flow, scope],
  });
  assert.equal(connection.getsockname()[0], "::1");
  // Of a name's addresses those of the other family are not tried.
  const nobody = createConnection(["localhost", 9], {
    sourceAddress: ["::1", 0, 0, 0],
    allErrors: true,
  });
  const error = await nobody.catch((error: AggregateError) => error);
  const errors = error instanceof AggregateError ? error.errors : [error];
  for (const one of errors) assert.ok(one instanceof berkeley.SocketError, String(one));
});

test("many calls wait on one signal without a warning", async () => {
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(warning.name);
  process.on("warning", note);
  const controller = new AbortController();
  const { signal } = controller;
  const pairs = Array.from({ length: 30 }, () => socketpair());
  const waiting = pairs.map(([a]) => a.recv(1, { signal }));
  await pairs[0]?.[1].sendall("x");
  await waiting[0]; // leaves the others
  const rejected = waiting.slice(1).map((one) => assert.rejects(one, { name: "AbortError" }));
  controller.abort();
  await Promise.all(rejected);
  await turns();
  process.off("warning", note);
  assert.deepEqual(warnings, []);
  for (const one of pairs.flat()) one.close();
});

test("a reason that takes no property is the reason all the same", async () => {
  for (const reason of [
    Object.freeze({}),
    {
      get bytesSent() {
        return 7;
      },
    },
    "text",
  ]) {
    const [a, b] = socketpair();
    const controller = new AbortController();
    const sending = a.sendall(Buffer.alloc(1024 * 1024), { signal: controller.signal });
    const rejected = assert.rejects(sending, (error) => error === reason);
    controller.abort(reason);
    await rejected;
    a.close();
    b.close();
  }
});

test("a reason that is a Proxy is the reason of every call, and runs no line of its own", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  const abort = new AbortController();
  const [a, b] = socketpair();
  const { signal } = abort;
  const calls = [1, 2, 3].map(() => a.sendall(Buffer.alloc(8 * 1024 * 1024), { signal }));
  await turns();
  revoke();
  abort.abort(proxy);
  for (const { status } of await Promise.allSettled(calls)) assert.equal(status, "rejected");
  a.close();
  b.close();
});

test("MSG_TRUNC of TCP throws bytes away, and shows none of another connection", async () => {
  const listener = createServer(["127.0.0.1", 0]);
  const client = await createConnection(listener.getsockname());
  const [connection] = await listener.accept();
  const [a, b] = socketpair();
  await a.sendall("secret");
  assert.equal(String(await b.recv(100)), "secret");
  for (const size of [6, 100_000]) {
    await client.sendall("public");
    assert.deepEqual(await connection.recv(size, MSG_TRUNC), Buffer.alloc(6));
  }
  await client.sendall("public");
  const pooled = Buffer.allocUnsafe(8);
  new Uint8Array(pooled.buffer).fill(1, pooled.byteOffset + pooled.length); // what nobody has yet
  assert.deepEqual(await connection.recv(6, MSG_TRUNC | MSG_WAITALL), Buffer.alloc(6));
  const [from, to] = socketpair(AF_UNIX, SOCK_DGRAM);
  await from.sendmmsg(Array(10).fill("secret"));
  assert.equal((await to.recvmmsg(10, 100)).length, 10); // moved together: the memory behind them has them, too
  await client.sendall(Buffer.alloc(500, "public"));
  const [batch] = await connection.recvmmsg(1, 500, 0, MSG_TRUNC);
  assert.deepEqual(batch?.data, Buffer.alloc(500));
  for (const one of [client, connection, listener, a, b, from, to]) one.close();
});

test("a connection under way is looked at also when the turn's budget is spent", async () => {
  const [name, closeAll] = await fullListener();
  const [a, b] = socketpair();
  const controller = new AbortController();
  const tcp = createServer(["127.0.0.1", 0], { backlog: 0 });
  const fill = await createConnection(tcp.getsockname());
  const late = socket();
  const first = late.connect(tcp.getsockname(), { signal: controller.signal });
  controller.abort();
  await assert.rejects(first, { name: "AbortError" });
  for (let i = 0; i < 1100; i++) void a.send("x").catch(() => {});
  // Still under way, or there by now: either is said at once, where there is a timeout.
  late.settimeout(10);
  await late.connect(tcp.getsockname()).catch((error) => {
    assert.ok(["EALREADY", "EISCONN"].includes(error.code), error.code);
  });
  for (const one of [a, b, fill, late, tcp]) one.close();
  closeAll();
  assert.ok(name.startsWith("\0"));
});

for (const [
  face,
  { socket: make, createConnection: create, createServer: serve, ...rest },
] of faces) {
  test(`${face}: a timeout names the peer`, async () => {
    const [name, closeAll] = await fullListener();
    const late = make(AF_UNIX);
    late.settimeout(0.02);
    await assert.rejects(
      outcome(() => late.connect(name)),
      (error) => {
        assert.ok(error instanceof TimeoutError);
        assert.equal(error.address, name);
        assert.match(error.message, /^connect ETIMEDOUT /);
        return true;
      },
    );
    assert.equal(await outcome(() => late.connectEx(name)), constants.errno.EAGAIN);
    late.close();
    closeAll();
  });

  test(`${face}: a refused MPTCP socket tries again`, {
    skip: lacks("MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
  }, async () => {
    const listener = make(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    listener.bind(["127.0.0.1", 0]);
    listener.listen();
    const late = make(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    const errnos: number[] = [];
    for (const port of [closedPort(), listener.getsockname()[1], listener.getsockname()[1]]) {
      errnos.push(await late.connectEx(["127.0.0.1", port]));
    }
    assert.deepEqual(errnos, [111, 0, 106]); // ECONNREFUSED, connected, EISCONN
    late.close();
    listener.close();
  });

  test(`${face}: wrong options name themselves, and nothing is done`, async () => {
    const wrong: [call: () => unknown, message: RegExp][] = [
      [() => create(["nowhere.invalid", 1], { timeout: -1 }), /createConnection: timeout/],
      [
        () => create(["nowhere.invalid", 1], { sourceAddress: ["x"] as never }),
        /createConnection: sourceAddress/,
      ],
      [
        () => create(["nowhere.invalid", 1], { sourceAddress: ["127.0.0.1", 2 ** 16] }),
        /createConnection: .*port/,
      ],
      [() => create(["nowhere.invalid", 1], { signal: 5 } as never), /createConnection: signal/],
      [() => create(["nowhere.invalid", 1], null as never), /createConnection: options/],
      [() => serve(["127.0.0.1", 0], { backlog: "x" as never }), /createServer: backlog/],
      [() => serve(["127.0.0.1", 0], { backlog: 2 ** 31 }), /createServer: backlog/],
      [
        () => serve(["127.0.0.1", 0], { reusePort: 1 as never }),
        /createServer: reusePort .* got 1/,
      ],
      [
        () => serve(["::", 0], { family: AF_INET6, dualstackIPv6: 1 as never }),
        /createServer: dualstackIPv6 must be a boolean, got 1/,
      ],
      [
        () => create(["nowhere.invalid", 1], { allErrors: "no" as never }),
        /createConnection: allErrors must be a boolean, got 'no'/,
      ],
      [() => serve(["127.0.0.1", 0], null as never), /createServer: options/],
      [() => make(AF_INET, SOCK_STREAM, 0, 5 as never), /socket: options must be an object, got 5/],
      [() => rest.fromfd(1, "x" as never, 1), /fromfd: family/],
      [() => rest.fromfd("x" as never, AF_INET, SOCK_STREAM), /fromfd: fd/],
    ];
    for (const [call, message] of wrong) {
      await assert.rejects(outcome(call), { message, name: /^(Type|Range)Error$/ } as never);
    }
  });

  test(`${face}: what only looks like buffers is named before any call`, async () => {
    const [a, b] = rest.socketpair(AF_UNIX, SOCK_DGRAM);
    const fake = Object.create(Uint8Array.prototype);
    const proxy = new Proxy(new Uint8Array(5), {});
    const own = Object.assign(["x"], { map: () => [5] });
    const wrong = [
      () => a.sendmsg(new Array(3)),
      () => a.recvmsgInto(new Array(2)),
      () => a.sendmsg([fake]),
      () => a.send(proxy),
      () => a.recvInto(proxy),
      () => a.setsockopt(1, 2, fake),
    ];
    for (const call of wrong) {
      await assert.rejects(outcome(call), { name: "TypeError", message: / must be .*, got / });
    }
    assert.equal(await a.sendmsg(own), 1);
    a.close();
    b.close();
  });

  test(`${face}: what cannot be read into is told which kinds can, a string not among them`, async () => {
    const [a, b] = rest.socketpair(AF_UNIX);
    for (const wrong of ["text", [1, 2], 5] as never[]) {
      const message = /buffer must be a Uint8Array, ArrayBuffer or DataView, got /;
      await assert.rejects(
        outcome(() => a.recvInto(wrong)),
        { name: "TypeError", message },
      );
    }
    a.close();
    b.close();
  });

  test(`${face}: a string, whose bytes nobody holds, is not sent with MSG_ZEROCOPY`, async () => {
    const a = make(AF_INET, SOCK_DGRAM);
    a.bind(["127.0.0.1", 0]);
    await a.connect(a.getsockname());
    const flags = MSG_ZEROCOPY;
    const wrong = [
      () => a.send("kept", flags),
      () => a.send("kept", flags | MSG_DONTWAIT),
      () => a.sendall("kept", flags),
      () => a.sendto("kept", flags, a.getsockname()),
      () => a.sendmsg([Buffer.from("bytes"), "kept"], [], flags),
      () => a.sendmmsg(["kept"], flags),
      () => a.sendmmsg([{ contents: "kept" }], flags),
    ];
    for (const call of wrong) {
      const message = /must be bytes that the caller keeps, with MSG_ZEROCOPY, got 'kept'/;
      await assert.rejects(outcome(call), { name: "TypeError", message });
    }
    assert.equal(await a.send(Buffer.from("bytes"), flags), 5);
    assert.equal(String(await a.recv(10)), "bytes"); // nothing was sent before
    a.close();
  });
}

test("what is no socket is a rejection in berkeley, and thrown in berkeley/sync", async () => {
  const none = 5 as never;
  const wrong = { name: "TypeError", message: /^(send|recv)Fds: sock must be a Socket, got 5$/ };
  await assert.rejects(berkeley.sendFds(none, ["x"], [0]), wrong);
  await assert.rejects(berkeley.recvFds(none, 1, 1), wrong);
  assert.throws(() => sync.sendFds(none, ["x"], [0]), wrong);
  assert.throws(() => sync.recvFds(none, 1, 1), wrong);
});

test("both faces have the same error classes", () => {
  assert.equal(faces[1]?.[1].TimeoutError, berkeley.TimeoutError);
});
