/** Classic BPF programs on sockets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  BPF_ABS,
  BPF_B,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  MSG_DONTWAIT,
  SO_GET_FILTER,
  SOCK_DGRAM,
  SOL_SOCKET,
  type SockFilter,
} from "berkeley";
import { getOption, type Socket, setOption, socket, socketpair } from "berkeley/sync";

const ALL = 0xffffffff;
const ret = (k: number): SockFilter => ({ code: BPF_RET | BPF_K, jt: 0, jf: 0, k });
const dropAll = [ret(0)];
const passAll = [ret(ALL)];
/** Datagrams that begin with an x; a filter of a Unix socket sees the data alone. */
const onlyX: SockFilter[] = [
  { code: BPF_LD | BPF_B | BPF_ABS, jt: 0, jf: 0, k: 0 },
  { code: BPF_JMP | BPF_JEQ | BPF_K, jt: 0, jf: 1, k: "x".charCodeAt(0) },
  ret(ALL),
  ret(0),
];

function pair(): [Socket, Socket] {
  return socketpair(AF_UNIX, SOCK_DGRAM);
}

/** What of the texts arrives; a datagram that the filter drops is lost without a word. */
function arriving(from: Socket, to: Socket, texts: readonly string[]): string[] {
  for (const text of texts) {
    try {
      from.send(text);
    } catch (error) {
      // A Unix socket tells the sender of a filter's drop.
      assert.equal((error as { code?: string }).code, "EPERM");
    }
  }
  const got: string[] = [];
  try {
    for (;;) got.push(String(to.recv(100, MSG_DONTWAIT)));
  } catch (error) {
    assert.equal((error as { code?: string }).code, "EAGAIN");
  }
  return got;
}

test("SO_ATTACH_FILTER drops all, passes all, and passes some", () => {
  const [one, other] = pair();
  setOption(other, "SO_ATTACH_FILTER", dropAll);
  assert.deepEqual(arriving(one, other, ["a", "b"]), []);
  setOption(other, "SO_ATTACH_FILTER", passAll);
  assert.deepEqual(arriving(one, other, ["a", "b"]), ["a", "b"]);
  setOption(other, "SO_ATTACH_FILTER", onlyX);
  assert.deepEqual(arriving(one, other, ["a", "xyz", "b"]), ["xyz"]);
  setOption(other, "SO_DETACH_FILTER");
  assert.deepEqual(arriving(one, other, ["a", "b"]), ["a", "b"]);
  one.close();
  other.close();
});

test("a filter on UDP passes as many bytes as it says", () => {
  const receiver = socket(AF_INET, SOCK_DGRAM);
  receiver.bind(["127.0.0.1", 0]);
  const sender = socket(AF_INET, SOCK_DGRAM);
  const header = 8; // the filter of a UDP socket counts from the UDP header
  setOption(receiver, "SO_ATTACH_FILTER", [ret(header + 3)]);
  sender.sendto("abcdef", receiver.getsockname());
  assert.equal(String(receiver.recv(100)), "abc");
  receiver.close();
  sender.close();
});

test("SO_GET_FILTER gives the program back", () => {
  const [one, other] = pair();
  assert.deepEqual(getOption(one, "SO_GET_FILTER"), []);
  setOption(one, "SO_ATTACH_FILTER", onlyX);
  assert.deepEqual(getOption(one, "SO_GET_FILTER"), onlyX);
  one.close();
  other.close();
});

test("getsockopt's length of a filter is in bytes: no more is written", () => {
  const [one, other] = pair();
  const long = [...Array<SockFilter>(999).fill({ code: BPF_LD, jt: 0, jf: 0, k: 1 }), ret(ALL)];
  setOption(one, "SO_ATTACH_FILTER", long);
  assert.deepEqual(getOption(one, "SO_GET_FILTER"), long);
  // 1000 instructions are 8000 bytes; the kernel says so where they do not fit.
  assert.throws(() => one.getsockopt(SOL_SOCKET, SO_GET_FILTER, 1024), { code: "EINVAL" });
  one.close();
  other.close();
});

test("4096 instructions are a program, and the kernel's to refuse", () => {
  const [one, other] = pair();
  one.close();
  const longest = Array<SockFilter>(4096).fill(ret(ALL));
  assert.throws(() => setOption(one, "SO_ATTACH_FILTER", longest), { code: "EBADF" });
  other.close();
});

test("the kernel refuses a program that could leave itself", () => {
  const [one, other] = pair();
  const noReturn: SockFilter[] = [{ code: BPF_LD, jt: 0, jf: 0, k: 0 }];
  assert.throws(() => setOption(one, "SO_ATTACH_FILTER", noReturn), {
    code: "EINVAL",
    option: "SO_ATTACH_FILTER",
  });
  one.close();
  other.close();
});

test("SO_LOCK_FILTER: a locked filter stays", () => {
  const [one, other] = pair();
  setOption(other, "SO_ATTACH_FILTER", dropAll);
  setOption(other, "SO_LOCK_FILTER", true);
  // No privilege would help.
  const message = "setsockopt EPERM SO_DETACH_FILTER";
  assert.throws(() => setOption(other, "SO_DETACH_FILTER"), { message });
  assert.throws(() => setOption(other, "SO_ATTACH_FILTER", passAll), { code: "EPERM" });
  assert.deepEqual(arriving(one, other, ["a"]), []);
  one.close();
  other.close();
});

test("SO_ATTACH_REUSEPORT_CBPF chooses who of a group receives", () => {
  const group = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)] as const;
  for (const [i, one] of group.entries()) {
    setOption(one, "SO_REUSEPORT", true);
    one.bind(i === 0 ? ["127.0.0.1", 0] : group[0].getsockname());
  }
  const sender = socket(AF_INET, SOCK_DGRAM);
  for (const [chosen, one] of group.entries()) {
    setOption(group[0], "SO_ATTACH_REUSEPORT_CBPF", [ret(chosen)]);
    sender.sendto(`for ${chosen}`, group[0].getsockname());
    assert.equal(String(one.recv(100)), `for ${chosen}`);
  }
  setOption(group[0], "SO_DETACH_REUSEPORT_BPF");
  for (const one of [...group, sender]) one.close();
});
