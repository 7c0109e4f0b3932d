/** recvmsg, recvmsgInto, sendmsg, sendFds, recvFds, in both faces. */
import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import test from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type AncillaryMessage,
  CMSG_LEN,
  CMSG_SPACE,
  decodeControl,
  encodeControl,
  findControl,
  IP_RECVERR,
  IPV6_RECVFRAGSIZE,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_TRUNC,
  recvFds,
  SCM_RIGHTS,
  SO_PASSCRED,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  sendFds,
  setOption,
  socket,
  socketpair,
} from "berkeley";
import { faces, outcome } from "../support/faces.js";
import { without } from "../support/peers.js";
import { openDescriptors } from "../support/process.js";

const FD_CLOEXEC_FLAG = 0o2000000;

/** The flags that the kernel has for a descriptor. */
function flagsOf(fd: number): number {
  const text = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
  return Number.parseInt(/flags:\s*(\d+)/.exec(text)?.[1] ?? "", 8);
}

test("IPV6_FLOWINFO: the header's first word", { skip: without.ipv6 }, async () => {
  const [from, to] = [socket(AF_INET6, SOCK_DGRAM), socket(AF_INET6, SOCK_DGRAM)];
  to.bind(["::1", 0]);
  setOption(to, "IPV6_FLOWINFO", true);
  setOption(from, "IPV6_TCLASS", 0x28);
  setOption(from, "IPV6_AUTOFLOWLABEL", false);
  await from.sendto("x", to.getsockname());
  const [, ancdata] = await to.recvmsg(10, 100);
  assert.equal(findControl(ancdata, "IPV6_FLOWINFO"), 0x28 << 20);
  const fragment: AncillaryMessage = [SOL_IPV6, IPV6_RECVFRAGSIZE, Buffer.from([0, 5, 0, 0])];
  assert.equal(findControl([fragment], "IPV6_RECVFRAGSIZE"), 1280);
  from.close();
  to.close();
});

for (const [name, face] of faces) {
  test(`${name}: buffers go as one message, and come into many`, async () => {
    const [a, b] = face.socketpair(AF_UNIX, SOCK_DGRAM);
    assert.equal(await a.sendmsg(["he", Buffer.from("llo"), new Uint8Array(0), " you"]), 9);
    const into = [Buffer.alloc(3), new DataView(new ArrayBuffer(2)), new ArrayBuffer(10)] as const;
    assert.deepEqual(await b.recvmsgInto(into), [9, [], 0, null]);
    assert.equal(into[0].toString(), "hel");
    assert.equal(Buffer.from(into[1].buffer).toString(), "lo");
    assert.equal(Buffer.from(into[2]).toString("utf8", 0, 4), " you");
    a.close();
    b.close();
  });

  test(`${name}: a datagram cut short says MSG_TRUNC`, async () => {
    const [a, b] = face.socketpair(AF_UNIX, SOCK_DGRAM);
    await a.sendmsg(["hello"]);
    assert.deepEqual(await b.recvmsg(2), [Buffer.from("he"), [], MSG_TRUNC, null]);
    await a.sendmsg(["hello"]);
    const [data, , flags] = await b.recvmsg(100_000);
    assert.deepEqual([data, flags], [Buffer.from("hello"), 0]);
    a.close();
    b.close();
  });

  test(`${name}: a message to an address comes with its sender's`, async () => {
    const [a, b] = [face.socket(AF_INET, SOCK_DGRAM), face.socket(AF_INET, SOCK_DGRAM)];
    a.bind(["127.0.0.1", 0]);
    b.bind(["127.0.0.1", 0]);
    await a.sendmsg(["x"], [], 0, b.getsockname());
    assert.deepEqual(await b.recvmsg(10), [Buffer.from("x"), [], 0, a.getsockname()]);
    await a.sendmsg(["y"], undefined, undefined, ["localhost", b.getsockname()[1]]);
    assert.deepEqual((await b.recvmsg(10))[0], Buffer.from("y"));
    a.close();
    b.close();
  });

  test(`${name}: a wrong argument names itself`, async () => {
    const [a, b] = face.socketpair();
    const wrong: [() => unknown, RegExp][] = [
      [() => a.recvmsg(-1), /recvmsg: bufsize/],
      [() => a.recvmsg(2 ** 53), /recvmsg: bufsize .* got 9007199254740992/],
      [() => a.recvmsg(1, 0, null as never), /recvmsg: flags .* got null/],
      [() => a.recvmsg(1, -1), /recvmsg: ancbufsize/],
      [() => a.recvmsg(1, 2 ** 31), /recvmsg: ancbufsize/],
      [() => a.recvmsgInto(["x"] as never), /recvmsgInto: a buffer/],
      [() => a.recvmsgInto(Buffer.alloc(1) as never), /recvmsgInto: buffers/],
      [() => a.sendmsg("x" as never), /sendmsg: buffers/],
      [() => a.sendmsg([1] as never), /sendmsg: a buffer/],
      [() => a.sendmsg(["x"], [[1, 1]] as never), /sendmsg: a control message/],
      [() => face.sendFds(a, ["x"], [-1]), /sendFds: a descriptor/],
      [() => face.sendFds({} as never, ["x"], []), /sendFds: sock must be a Socket/],
      [() => face.recvFds(a, 1, -1), /recvFds: maxfds/],
    ];
    for (const [call, message] of wrong) await assert.rejects(outcome(call), { message });
    a.close();
    b.close();
  });

  test(`${name}: more buffers than the kernel takes are EMSGSIZE, as in Python`, async () => {
    const [a, b] = face.socketpair();
    const many = (count: number) => Array.from({ length: count }, () => Buffer.from("x"));
    assert.equal(await a.sendmsg(many(1024)), 1024);
    assert.equal((await b.recvmsgInto(many(1024)))[0], 1024);
    await assert.rejects(
      outcome(() => a.sendmsg(many(1025))),
      { code: "EMSGSIZE" },
    );
    await assert.rejects(
      outcome(() => b.recvmsgInto(many(1025))),
      { code: "EMSGSIZE" },
    );
    a.close();
    b.close();
  });

  test(`${name}: descriptors arrive as others of the same file, close-on-exec`, async () => {
    const [a, b] = face.socketpair();
    const file = openSync("/etc/passwd", "r");
    const before = openDescriptors();
    assert.equal(await face.sendFds(a, ["two", " files"], [file, file]), 9);
    const [data, fds, flags, address] = await face.recvFds(b, 100, 8);
    assert.deepEqual([data.toString(), fds.length, flags, address], ["two files", 2, 0, null]);
    for (const fd of fds) {
      assert.equal(fstatSync(fd).ino, fstatSync(file).ino);
      assert.ok((flagsOf(fd) & FD_CLOEXEC_FLAG) !== 0);
      closeSync(fd);
    }
    assert.equal(openDescriptors(), before);
    closeSync(file);
    a.close();
    b.close();
  });

  test(`${name}: of more descriptors than there is room for the first come, none is lost`, async () => {
    const [a, b] = face.socketpair();
    const file = openSync("/etc/passwd", "r");
    const before = openDescriptors();
    for (const room of [0, 1, 2]) {
      await face.sendFds(a, ["x"], [file, file, file]);
      const [, fds, flags] = await face.recvFds(b, 1, room);
      assert.equal(fds.length, room);
      assert.equal(flags, MSG_CTRUNC);
      for (const fd of fds) closeSync(fd);
    }
    // Room for no whole number of descriptors, and no room at all.
    for (const room of [0, 1, CMSG_LEN(0), CMSG_LEN(3), CMSG_LEN(6), CMSG_SPACE(4), CMSG_LEN(11)]) {
      await face.sendFds(a, ["x"], [file, file, file]);
      const [, ancdata, flags] = await b.recvmsg(1, room);
      assert.equal(flags, MSG_CTRUNC, `${room} bytes`);
      for (const fd of findControl(ancdata, "SCM_RIGHTS") ?? []) closeSync(fd);
    }
    assert.equal(openDescriptors(), before);
    closeSync(file);
    a.close();
    b.close();
  });

  test(`${name}: recv takes the data, and the kernel closes the descriptors`, async () => {
    const [a, b] = face.socketpair();
    const before = openDescriptors();
    await face.sendFds(a, ["x"], [0, 1, 2]);
    assert.equal((await b.recv(10)).toString(), "x");
    assert.equal(openDescriptors(), before);
    a.close();
    b.close();
  });

  test(`${name}: recvFds closes a descriptor that it has no place for`, async (t) => {
    const [a, b] = face.socketpair();
    const SO_PASSPIDFD = 76;
    try {
      b.setsockopt(SOL_SOCKET, SO_PASSPIDFD, 1);
    } catch {
      a.close();
      b.close();
      t.skip("no SO_PASSPIDFD");
      return;
    }
    const before = openDescriptors();
    await a.sendall("x");
    const [, fds] = await face.recvFds(b, 10, 100);
    assert.deepEqual(fds, []);
    assert.equal(openDescriptors(), before);
    a.close();
    b.close();
  });

  test(`${name}: credentials come with what they are asked for`, async () => {
    const [a, b] = face.socketpair();
    b.setsockopt(SOL_SOCKET, SO_PASSCRED, 1);
    const mine = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
    await a.sendmsg(["x"]);
    const [, ancdata] = await b.recvmsg(1, CMSG_SPACE(12));
    assert.deepEqual(findControl(ancdata, "SCM_CREDENTIALS"), mine);
    await a.sendmsg(["x"], [encodeControl("SCM_CREDENTIALS", mine as never)]);
    const [, again] = await b.recvmsg(1, 100);
    assert.deepEqual(
      again.map(decodeControl).map(({ name }) => name),
      ["SCM_CREDENTIALS"],
    );
    a.close();
    b.close();
  });

  test(`${name}: a refused datagram tells its story in the error queue`, async () => {
    const [refused, sender] = [face.socket(AF_INET, SOCK_DGRAM), face.socket(AF_INET, SOCK_DGRAM)];
    refused.bind(["127.0.0.1", 0]);
    const address = refused.getsockname();
    refused.close();
    sender.settimeout(20);
    sender.setsockopt(SOL_IP, IP_RECVERR, 1);
    await sender.sendmsg(["story"], [], 0, address);
    const [data, ancdata, flags, to] = await sender.recvmsg(100, 500, MSG_ERRQUEUE);
    assert.deepEqual([data.toString(), to], ["story", address]);
    assert.equal(flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
    const told = findControl(ancdata, "IP_RECVERR");
    assert.deepEqual(told, {
      ...{ errno: 111, origin: 2, type: 3, code: 3, info: 0, data: 0 },
      offender: ["127.0.0.1", 0],
    });
    await assert.rejects(
      outcome(() => sender.recvmsg(100, 500, MSG_ERRQUEUE | MSG_DONTWAIT)),
      {
        code: "EAGAIN",
        syscall: "recvmsg",
      },
    );
    sender.close();
  });

  test(`${name}: an error that is not in the queue does not keep a call for it awake`, async () => {
    const [refused, sender] = [face.socket(AF_INET, SOCK_DGRAM), face.socket(AF_INET, SOCK_DGRAM)];
    refused.bind(["127.0.0.1", 0]);
    await sender.connect(refused.getsockname());
    refused.close();
    await sender.send("x");
    sender.settimeout(1);
    const cpuBefore = process.cpuUsage();
    await assert.rejects(
      outcome(() => sender.recvmsg(1, 100, MSG_ERRQUEUE)),
      { name: "TimeoutError" },
    );
    const { user, system } = process.cpuUsage(cpuBefore);
    assert.ok(user + system < 600_000, `${user + system} µs of a wait of a second`);
    sender.close();
  });

  test(`${name}: a time comes with a datagram`, async () => {
    const [a, b] = [face.socket(AF_INET, SOCK_DGRAM), face.socket(AF_INET, SOCK_DGRAM)];
    b.bind(["127.0.0.1", 0]);
    b.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    await a.sendto("x", b.getsockname());
    const [, ancdata] = await b.recvmsg(1, 100);
    const time = findControl(ancdata, "SCM_TIMESTAMPNS") ?? 0n;
    assert.ok(time > before && time < before + 60_000_000_000n, `${time}`);
    a.close();
    b.close();
  });
}

test("an aborted recvmsg takes neither bytes nor descriptors", async () => {
  const [a, b] = socketpair();
  await b.recvmsg(0, 0, MSG_DONTWAIT).catch(() => undefined);
  const controller = new AbortController();
  const waiting = b.recvmsg(10, 100, { signal: controller.signal });
  const rejected = assert.rejects(waiting, { name: "AbortError" });
  const before = openDescriptors();
  await sendFds(a, ["x"], [0]);
  controller.abort();
  await rejected;
  const [data, fds] = await recvFds(b, 10, 4);
  assert.deepEqual([data.toString(), fds.length], ["x", 1]);
  for (const fd of fds) closeSync(fd);
  assert.equal(openDescriptors(), before);
  a.close();
  b.close();
});

test("the options stand behind the last argument that is given", async () => {
  const [a, b] = socketpair();
  const { signal } = new AbortController();
  const aborted = AbortSignal.abort(new Error("gone"));
  await a.sendmsg(["x"], { signal });
  await a.sendmsg(["x"], [], { signal });
  await a.sendmsg(["x"], [], 0, { signal });
  await sendFds(a, ["x"], [0], 0, { signal });
  assert.equal((await b.recvmsg(3, { signal }))[0].toString(), "xxx");
  await assert.rejects(a.sendmsg(["x"], [], 0, { signal: aborted }), { message: "gone" });
  await assert.rejects(b.recvmsg(3, 0, 0, { signal: aborted }), { message: "gone" });
  await assert.rejects(b.recvmsgInto([], { signal: aborted }), { message: "gone" });
  a.close();
  b.close();
});

test("a waiting recvmsg ends with its socket, and one behind another waits for its turn", async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
  const first = b.recvmsg(10);
  const second = b.recvmsgInto([Buffer.alloc(10)]);
  const third = b.recvmsg(10);
  await a.sendmsg(["one"]);
  await a.sendmsg(["four"]);
  assert.equal((await first)[0].toString(), "one");
  assert.equal((await second)[0], 4);
  const rejected = assert.rejects(third, { code: "EBADF", syscall: "recvmsg" });
  b.close();
  await rejected;
  a.close();
});

test("the descriptors of a message of several kinds are those that it carries", async () => {
  const [a, b] = socketpair();
  b.setsockopt(SOL_SOCKET, SO_PASSCRED, 1);
  await sendFds(a, ["x"], [0, 1]);
  const [, ancdata] = await b.recvmsg(1, 200);
  const levels = ancdata.map(([level, type]) => [level, type]);
  assert.ok(levels.some(([level, type]) => level === SOL_SOCKET && type === SCM_RIGHTS));
  const fds = findControl(ancdata, "SCM_RIGHTS") ?? [];
  assert.equal(fds.length, 2);
  for (const fd of fds) closeSync(fd);
  a.close();
  b.close();
});
