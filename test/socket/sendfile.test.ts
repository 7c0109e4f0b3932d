/** sendfile, in both faces. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  SHUT_WR,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_RDM,
  SOL_SOCKET,
  type Socket,
  socketpair,
} from "berkeley";
import * as sync from "berkeley/sync";
import { faces, outcome } from "../support/faces.js";
import { environmentFor } from "../support/peers.js";
import { ended } from "../support/process.js";
import { readAll } from "../support/streams.js";

const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file");
const content = randomBytes(100_000);
writeFileSync(path, content);

const bigPath = join(folder, "big");
const bigContent = randomBytes(20 * 1024 * 1024);
writeFileSync(bigPath, bigContent);

for (const [name, face] of faces) {
  test(`${name}: a part of a file, and its rest`, async () => {
    const fd = openSync(path, "r");
    const cases: [offset: number | undefined, count: number | null | undefined][] = [
      [undefined, undefined],
      [0, 10],
      [99_990, undefined],
      [99_990, 1000],
      [50, null],
      [100_000, undefined],
      [200_000, 5],
    ];
    for (const [offset, count] of cases) {
      const [a, b] = face.socketpair();
      const from = offset ?? 0;
      const expected = content.subarray(from, count == null ? undefined : from + count);
      assert.equal(await a.sendfile(fd, offset, count), expected.length);
      a.close();
      assert.ok((await readAll(b)).equals(expected), `${offset} ${count}`);
      b.close();
    }
    assert.equal(readSync(fd, Buffer.alloc(4)), 4);
    closeSync(fd);
  });

  test(`${name}: what is no file is refused in words`, async () => {
    const [a, b] = face.socketpair();
    const directory = openSync(folder, "r");
    await assert.rejects(
      outcome(() => a.sendfile(directory)),
      /sendfile: file .* a directory/,
    );
    await assert.rejects(
      outcome(() => a.sendfile(b.fileno())),
      /sendfile: file must be/,
    );
    closeSync(directory);
    await assert.rejects(
      outcome(() => a.sendfile(directory)),
      { code: "EBADF" },
    );
    await assert.rejects(
      outcome(() => a.sendfile("x" as never)),
      TypeError,
    );
    const fd = openSync(path, "r");
    await assert.rejects(
      outcome(() => a.sendfile(fd, -1)),
      /sendfile: offset/,
    );
    await assert.rejects(
      outcome(() => a.sendfile(fd, 0, 0)),
      /sendfile: count/,
    );
    const [datagrams, other] = face.socketpair(AF_UNIX, SOCK_DGRAM);
    // Only TIPC makes such sockets, and few kernels have it.
    const reliable = face.fromfd(datagrams.fileno(), AF_UNIX, SOCK_RDM);
    for (const one of [datagrams, reliable]) {
      await assert.rejects(
        outcome(() => one.sendfile(fd)),
        /sendfile: the socket must be/,
      );
    }
    closeSync(fd);
    for (const one of [a, b, datagrams, reliable, other]) one.close();
  });

  test(`${name}: a peer that has gone is EPIPE, and what was sent is on the error`, async () => {
    const [a, b] = face.socketpair();
    const fd = openSync(path, "r");
    await a.sendfile(fd, 0, 100);
    b.close();
    await assert.rejects(
      outcome(() => a.sendfile(fd)),
      { code: "EPIPE", bytesSent: 0 },
    );
    closeSync(fd);
    a.close();
  });

  test(`${name}: a timeout half-way says how much was sent`, async () => {
    const [a, b] = face.socketpair();
    a.settimeout(0.05);
    const fd = openSync(bigPath, "r");
    const error = await outcome(() => a.sendfile(fd)).then(
      () => assert.fail("it was sent"),
      (reason) => reason,
    );
    assert.equal(error.name, "TimeoutError");
    assert.ok(error.bytesSent > 0);
    a.close();
    assert.ok((await readAll(b)).equals(bigContent.subarray(0, error.bytesSent)));
    closeSync(fd);
    b.close();
  });
}

test("a file larger than every buffer arrives whole, while the loop runs on", async () => {
  const [a, b] = socketpair();
  a.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192);
  const file = await open(bigPath);
  const sent = a.sendfile(file).then((count) => {
    a.close();
    return count;
  });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const got = await readAll(b);
  clearInterval(timer);
  assert.equal(await sent, bigContent.length);
  assert.ok(got.equals(bigContent));
  assert.ok(turns > 0);
  await file.close();
  b.close();
});

test("a file of several bursts goes whole to a reader that is as fast", async () => {
  const [near, far] = sync.socketpair();
  const reader = spawn("cat", {
    stdio: [far.fileno(), "ignore", "inherit"],
    env: environmentFor("cat"),
  });
  const fd = openSync(bigPath, "r");
  near.settimeout(20);
  assert.equal(near.sendfile(fd), bigContent.length);
  closeSync(fd);
  for (const one of [near, far]) one.close();
  assert.equal((await ended(reader)).code, 0);
});

test("a FileHandle that nobody else holds is kept until it is sent", async () => {
  const [a, b] = socketpair();
  a.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192);
  const sent = a.sendfile(await open(bigPath), 0, 2_000_000);
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const into = Buffer.alloc(2_000_000);
  for (let at = 0; at < into.length; ) at += await b.recvInto(into.subarray(at));
  assert.equal(await sent, into.length);
  assert.ok(into.equals(bigContent.subarray(0, into.length)));
  a.close();
  b.close();
});

test("a FileHandle closed half-way is EBADF, not another file", async () => {
  const [a, b] = socketpair();
  const file = await open(bigPath);
  const rejected = assert.rejects(a.sendfile(file), { code: "EBADF" });
  await file.close();
  const other = openSync(path, "r");
  while ((await Promise.race([b.recv(65536), rejected.then(() => null)])) !== null);
  await rejected;
  closeSync(other);
  a.close();
  b.close();
});

test("an aborted sendfile says how much was sent", async () => {
  const [a, b] = socketpair();
  const file = await open(bigPath);
  const controller = new AbortController();
  const sending = a.sendfile(file, 10, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  const error = await sending.then(
    () => assert.fail("it was sent"),
    (reason) => reason,
  );
  assert.equal(error.name, "AbortError");
  a.close();
  assert.ok((await readAll(b)).equals(bigContent.subarray(10, 10 + error.bytesSent)));
  await file.close();
  b.close();
});

test("a getter of the file that closes the socket has it end, and not go to the next of its number", async () => {
  const [from, to] = socketpair();
  const file = openSync(path, "r");
  let next: ReturnType<typeof socketpair> | null = null;
  class File {
    asked = 0;
    get fd() {
      // By then it has been checked, and is about to be sent.
      if (++this.asked === 3) {
        from.close();
        next = socketpair();
      }
      return file;
    }
  }
  await assert.rejects(from.sendfile(new File() as never), { code: "EBADF" });
  assert.ok(next !== null);
  const [near, far] = next as ReturnType<typeof socketpair>;
  await assert.rejects(far.recv(9, MSG_DONTWAIT), { code: "EAGAIN" });
  closeSync(file);
  for (const one of [to, near, far]) one.close();
});

for (const [what, code, act] of [
  ["closes", "EBADF", (socket: Socket) => socket.close()],
  ["shuts down", "EPIPE", (socket: Socket) => socket.shutdown(SHUT_WR)],
] as const) {
  test(`a file whose own code ${what} the socket ends the call once`, async () => {
    const fd = openSync(bigPath, "r");
    const [near, far] = socketpair();
    let asked = 0;
    const file = {
      get fd() {
        if (++asked === 4) act(near); // when it has waited for room
        return fd;
      },
    };
    const reading = readAll(far);
    await assert.rejects(near.sendfile(file as FileHandle, 0), { code });
    near.close();
    await reading;
    far.close();
    closeSync(fd);
  });
}
