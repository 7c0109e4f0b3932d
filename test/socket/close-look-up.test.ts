import assert from "node:assert/strict";
import test from "node:test";
import { AF_INET, AF_INET6, close, getaddrinfo, SOCK_DGRAM, socket } from "berkeley";
import { withFullPool } from "../support/thread-pool.js";

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
    // Each thread of the pool, which opens a fifo, may get the number in between, once.
    for (let tries = 0; other.fileno() !== taken && tries < 20; tries++) {
      other.close();
      const s = socket();
      taken = s.fileno();
      const rejected = assert.rejects(s.connect([NAME, port]), { code: "EBADF" });
      s.close();
      other = socket();
      await rejected;
    }
    // A connect of the closed one would connect whose number it is now.
    assert.equal(other.fileno(), taken);
  });
  await getaddrinfo(NAME, port);
  assert.throws(() => other.getpeername(), { code: "ENOTCONN" });
  other.close();
});
