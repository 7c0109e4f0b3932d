import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { constants } from "node:os";
import test from "node:test";
import {
  AF_INET,
  AF_INET6,
  close,
  createServer,
  getaddrinfo,
  MSG_DONTWAIT,
  SOCK_DGRAM,
  socket,
} from "berkeley";
import { turns } from "../support/process.js";
import { THREADS, withFullPool } from "../support/thread-pool.js";

const NAME = "localhost";

test("close ends a connect whose host is being looked up", () =>
  withFullPool(async () => {
    const s = socket();
    const pending = s.connect([NAME, 9]);
    s.close();
    await assert.rejects(pending, { code: "EBADF", syscall: "connect", address: NAME, port: 9 });
  }));

test("close ends a connectEx whose host is being looked up with EBADF's number", () =>
  withFullPool(async () => {
    const s = socket(AF_INET6);
    const pending = s.connectEx([NAME, 9]);
    s.close();
    assert.equal(await pending, 9);
  }));

test("close of the number ends a connect whose host is being looked up", () =>
  withFullPool(async () => {
    const s = socket();
    const pending = s.connect([NAME, 9]);
    close(s.fileno());
    await assert.rejects(pending, { code: "EBADF", syscall: "connect" });
    s.detach();
  }));

test("detach ends every sendto whose host is being looked up", () =>
  withFullPool(async () => {
    using s = socket(AF_INET, SOCK_DGRAM);
    const pending = [1, 2].map((n) => s.sendto(`${n}`, [NAME, 9]));
    using again = socket(undefined, undefined, undefined, { fileno: s.detach() });
    for (const one of pending) await assert.rejects(one, { code: "EBADF", syscall: "sendto" });
    assert.ok(again.fileno() >= 0);
  }));

test("a look-up that has not begun when its socket is closed is never made", () =>
  withFullPool(async (letOneGo) => {
    const first = Array.from({ length: THREADS }, () => getaddrinfo(NAME, 9)); // all that may begin
    const s = socket(AF_INET, SOCK_DGRAM);
    const { signal } = new AbortController();
    const pending = s.sendto("1", [NAME, 9], { signal });
    assert.equal(getEventListeners(signal, "abort").length, 1);
    s.close();
    await assert.rejects(pending, { code: "EBADF", syscall: "sendto" });
    assert.equal(getEventListeners(signal, "abort").length, 0, "it is heard of no more");
    letOneGo();
    await Promise.all(first);
  }));

test("a signal ends a connect whose host is being looked up, and the socket lives on", () =>
  withFullPool(async () => {
    using s = socket();
    const controller = new AbortController();
    const pending = s.connect([NAME, 9], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(pending, { message: "enough" });
    s.bind(["127.0.0.1", 0]);
  }));

test("a look-up that was closed over is not heard of when it ends", async () => {
  using listener = socket();
  listener.bind(["127.0.0.1", 0]);
  listener.listen();
  const [, port] = listener.getsockname();
  let other = socket();
  await withFullPool(async () => {
    let taken = -1;
    // Each thread of the pool, which opens a fifo, may get the number once meanwhile.
    for (let tries = 0; other.fileno() !== taken && tries < 20; tries++) {
      other.close();
      const s = socket();
      taken = s.fileno();
      const rejected = assert.rejects(s.connect([NAME, port]), { code: "EBADF" });
      s.close();
      other = socket();
      await rejected;
    }
    // A connect of the closed socket would connect the one that has its number now.
    assert.equal(other.fileno(), taken);
  });
  await getaddrinfo(NAME, port);
  assert.throws(() => other.getpeername(), { code: "ENOTCONN" });
  other.close();
});

test("what is sent behind a connect by name comes behind it", async () => {
  using listener = createServer(["127.0.0.1", 0]);
  const [, port] = listener.getsockname();
  using s = socket();
  const connecting = s.connect([NAME, port]);
  await Promise.all([s.sendall("one "), s.sendmsg(["two ", "three"]), connecting]);
  const [connection] = await listener.accept();
  s.close();
  let text = "";
  for (let part = "x"; part !== ""; text += part) part = String(await connection.recv(100));
  assert.equal(text, "one two three");
  connection.close();
});

test("datagrams to names and to numbers are sent in the order of their calls", async () => {
  using s = socket(AF_INET, SOCK_DGRAM);
  s.bind(["127.0.0.1", 0]);
  const [, port] = s.getsockname();
  for (let round = 0; round < 5; round++) {
    const hosts = [NAME, "127.0.0.1", NAME, NAME, "127.0.0.1", NAME, NAME, "127.0.0.1"];
    await Promise.all(hosts.map((host, i) => s.sendto(`${i}`, [host, port])));
    let order = "";
    while (order.length < hosts.length) order += String(await s.recv(9));
    assert.equal(order, "01234567");
  }
});

test("one behind a look-up can be aborted, and is ended by close; who may not wait does not", () =>
  withFullPool(async () => {
    using s = socket(AF_INET, SOCK_DGRAM);
    s.bind(["127.0.0.1", 0]);
    const here = s.getsockname();
    const controller = new AbortController();
    const named = s.sendto("1", [NAME, 9]);
    const aborted = s.sendto("2", here, { signal: controller.signal });
    const closed = s.sendto("3", here);
    await s.sendto("4", MSG_DONTWAIT, here);
    assert.equal(String(await s.recv(9)), "4");
    controller.abort(new Error("enough"));
    await assert.rejects(aborted, { message: "enough" });
    s.close();
    for (const one of [named, closed]) await assert.rejects(one, { code: "EBADF" });
  }));

test("who comes behind one that has ended comes behind those before it, too", async () => {
  using s = socket(AF_INET, SOCK_DGRAM);
  s.bind(["127.0.0.1", 0]);
  const here = s.getsockname();
  let last: Promise<number> | undefined;
  await withFullPool(async () => {
    const named = s.sendto("1", [NAME, here[1]]);
    const controller = new AbortController();
    const aborted = s.sendto("2", here, { signal: controller.signal });
    controller.abort();
    await assert.rejects(aborted, { name: "AbortError" });
    // It does not wait for others' look-ups.
    const late = s.sendto("3", here, { signal: AbortSignal.abort() });
    await assert.rejects(late, { name: "AbortError" });
    last = s.sendto("4", here);
    named.catch(() => undefined);
  });
  await last;
  assert.equal(String(await s.recv(9)) + String(await s.recv(9)), "14");
});

test("who comes behind several of which the first has ended comes behind the others", async () => {
  using s = socket(AF_INET, SOCK_DGRAM);
  s.bind(["127.0.0.1", 0]);
  const here = s.getsockname();
  let sends: Promise<number>[] = [];
  await withFullPool(async () => {
    const controller = new AbortController();
    const first = s.sendto("1", [NAME, here[1]], { signal: controller.signal });
    const second = s.sendto("2", [NAME, here[1]]);
    controller.abort();
    await assert.rejects(first, { name: "AbortError" });
    await turns();
    sends = [second, s.sendto("3", here)];
  });
  await Promise.all(sends);
  assert.equal(String(await s.recv(9)) + String(await s.recv(9)), "23");
});

test("close of the number ends a look-up also where another of the socket has ended", () =>
  withFullPool(async () => {
    const s = socket(AF_INET, SOCK_DGRAM);
    const controller = new AbortController();
    const first = s.sendto("1", [NAME, 9], { signal: controller.signal });
    const second = assert.rejects(s.sendto("2", [NAME, 9]), { code: "EBADF" });
    controller.abort();
    await assert.rejects(first, { name: "AbortError" });
    await turns();
    close(s.fileno());
    await second;
    s.detach();
  }));

test("the timeout of one behind a look-up runs, and what is aborted there has sent nothing", () =>
  withFullPool(async () => {
    using s = socket();
    s.settimeout(0.05);
    const connecting = assert.rejects(s.connect([NAME, 9]), { code: "EBADF" });
    await assert.rejects(s.sendall("x"), { code: "ETIMEDOUT", syscall: "send", bytesSent: 0 });
    assert.equal(await s.connectEx(["127.0.0.1", 9]), constants.errno.EAGAIN);
    const controller = new AbortController();
    const aborted = s.sendall("x", { signal: controller.signal });
    controller.abort();
    await assert.rejects(aborted, { name: "AbortError", bytesSent: 0 });
    s.close();
    await connecting;
  }));

test("one whose host is not found holds up nobody", async () => {
  using s = socket(AF_INET, SOCK_DGRAM);
  s.bind(["127.0.0.1", 0]);
  const lost = assert.rejects(s.sendto("1", ["nowhere.invalid", 9]), { code: /ENOTFOUND|EAI_/ });
  await s.sendto("2", s.getsockname());
  assert.equal(String(await s.recv(9)), "2");
  await lost;
});
