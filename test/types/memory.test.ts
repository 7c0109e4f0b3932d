/** What comes out of a call is memory that no other thread has: the compiler knows, so that it goes where a
 * `Buffer` of the program's own does, and where no SharedArrayBuffer may (`new Blob([data])`). */
import assert from "node:assert/strict";
import test from "node:test";
import * as berkeley from "berkeley";
import { AF_INET, AF_UNIX, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET } from "berkeley";
import { faces } from "../support/faces.js";

for (const [name, { socketpair, recvFds, inetAton, inetPton }] of faces) {
  test(`${name}: what is received has memory of its own to the compiler, too`, async () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
    let data = Buffer.alloc(0);
    const take = (next: Buffer<ArrayBuffer>): void => {
      data = next;
      assert.ok(data.buffer instanceof ArrayBuffer);
    };
    for (const size of [1, 40_000, 90_000]) {
      const sent = Buffer.alloc(size);
      await b.send(sent);
      take(await a.recv(100_000));
      await b.send(sent);
      take((await a.recvfrom(100_000))[0]);
      await b.send(sent);
      take((await a.recvmsg(100_000))[0]);
      await b.send(sent);
      take((await recvFds(a, 100_000, 1))[0]);
      await b.send(sent);
      for (const datagram of await a.recvmmsg(1, 100_000)) take(datagram.data);
    }
    take(a.getsockopt(SOL_SOCKET, SO_RCVBUF, 4));
    take(inetAton("127.0.0.1"));
    take(inetPton(AF_INET, "127.0.0.1"));
    a.close();
    b.close();
  });
}

test("what recvmmsgInto gives is the caller's memory, which others may have", async () => {
  const [a, b] = berkeley.socketpair(AF_UNIX, SOCK_DGRAM);
  await b.send("text");
  const [datagram] = await a.recvmmsgInto(new Uint8Array(new SharedArrayBuffer(64)), 64);
  // @ts-expect-error maybe shared
  const own: Buffer<ArrayBuffer> | undefined = datagram?.data;
  assert.equal(String(own), "text");
  assert.ok(own?.buffer instanceof SharedArrayBuffer);
  a.close();
  b.close();
});
