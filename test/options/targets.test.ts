/** Whose options can be read and set, and what errors say. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, createServer, Socket as NetSocket } from "node:net";
import { test } from "node:test";
import * as berkeley from "berkeley";
import { getOption, type OptionTarget, setOption } from "berkeley";
import * as sync from "berkeley/sync";

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } = berkeley;
const notOpen = { name: "SocketError", code: "EBADF", option: "SO_TYPE" };

test("both faces have the same functions, for the sockets of either", () => {
  assert.equal(sync.getOption, getOption);
  assert.equal(sync.setOption, setOption);
  for (const one of [berkeley.socket(), sync.socket()]) {
    setOption(one, "TCP_NODELAY", true);
    assert.equal(getOption(one.fileno(), "TCP_NODELAY"), true);
    one.close();
    assert.throws(() => getOption(one, "SO_TYPE"), notOpen);
  }
});

test("a descriptor from a fileno() that is none is named", () => {
  using one = berkeley.socket();
  const fd = one.fileno();
  assert.equal(getOption({ fileno: () => fd }, "SO_TYPE"), SOCK_STREAM);
  for (const [wrong, kind] of [
    ["x", "TypeError"],
    [2 ** 32 + fd, "RangeError"],
  ] as const) {
    const message = new RegExp(
      `^${kind}: .etOption: what fileno\\(\\) gives must be .* got .?${wrong}`,
    );
    const target = { fileno: () => wrong as number };
    assert.throws(() => getOption(target, "SO_TYPE"), message);
    assert.throws(() => setOption(target, "SO_KEEPALIVE", true), message);
    const handled = { _handle: { fd: wrong } } as unknown as OptionTarget;
    assert.throws(
      () => getOption(handled, "SO_TYPE"),
      new RegExp(`^${kind}: getOption: the fd of`),
    );
  }
});

test("a value whose own code closes the socket sets the option of no other", () => {
  const one = berkeley.socket();
  let other = one;
  const value = {
    get onoff() {
      one.close();
      other = berkeley.socket(); // most likely under the same number
      return true;
    },
    seconds: 7,
  };
  assert.throws(() => setOption(one, "SO_LINGER", value), { code: "EBADF" });
  assert.equal(getOption(other, "SO_LINGER").onoff, false);
  other.close();
});

test("a net.Server and both ends of a connection of node:net", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  assert.equal(getOption(server, "SO_ACCEPTCONN"), true);
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [NetSocket];
  if (client.connecting) await once(client, "connect");
  for (const end of [client, accepted]) {
    end.setNoDelay(true);
    assert.equal(getOption(end, "TCP_NODELAY"), true);
    setOption(end, "TCP_USER_TIMEOUT", 5000);
    assert.equal(getOption(end, "TCP_USER_TIMEOUT"), 5000);
    assert.equal(getOption(end, "TCP_INFO").state, berkeley.TCP_ESTABLISHED);
  }
  for (const end of [client, accepted]) {
    end.destroy();
    assert.throws(() => getOption(end, "SO_TYPE"), notOpen);
  }
  server.close();
  await once(server, "close");
  assert.throws(() => getOption(server, "SO_TYPE"), notOpen);
});

test("an http.Server", async () => {
  const server = createHttpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  setOption(server, "TCP_DEFER_ACCEPT", 1);
  assert.equal(getOption(server, "TCP_DEFER_ACCEPT"), 1);
  server.close();
});

test("both ends of an HTTP/2 session, whose sockets are Proxies of Node's", async (t) => {
  const server = createHttp2Server().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const accepted = once(server, "session");
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => client.destroy());
  await once(client, "connect");
  const [session] = (await accepted) as [typeof client];
  for (const { socket } of [client, session]) {
    setOption(socket, "TCP_USER_TIMEOUT", 5000);
    assert.equal(getOption(socket, "TCP_USER_TIMEOUT"), 5000);
  }
});

test("a dgram.Socket, without the warning of its deprecated handle", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  const socket = createSocket("udp4");
  assert.throws(() => getOption(socket, "SO_TYPE"), notOpen, "Node opens it when it is bound");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  assert.equal(getOption(socket, "SO_TYPE"), SOCK_DGRAM);
  setOption(socket, "IP_TOS", 0x10);
  assert.equal(getOption(socket, "IP_TOS"), 0x10);
  socket.close();
  assert.throws(() => getOption(socket, "SO_TYPE"), notOpen);
  await new Promise(setImmediate);
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});

test("a net.Socket that never connected has no descriptor, and the error says so", () => {
  const message = "getsockopt EBADF SO_TYPE: the socket is not open yet, or closed";
  assert.throws(() => getOption(new NetSocket(), "SO_TYPE"), { message });
});

test("SO_PEERCRED is who made the other end", () => {
  const [one, other] = sync.socketpair(AF_UNIX, SOCK_STREAM);
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  assert.deepEqual(getOption(one, "SO_PEERCRED"), { pid: process.pid, uid, gid });
  one.close();
  other.close();
});

test("an option of other sockets is the kernel's error, with the option's name", () => {
  const one = sync.socket();
  const code = "ENOTSUP"; // Linux gives this level's error to a socket of another protocol
  assert.throws(() => getOption(one, "UDP_CORK"), {
    name: "SocketError",
    code,
    syscall: "getsockopt",
    option: "UDP_CORK",
    message: `getsockopt ${code} UDP_CORK`,
  });
  one.close();
});

test("a wrong target, name or value names what it should be", () => {
  const one = sync.socket();
  const get = getOption as (target: unknown, name: unknown) => unknown;
  const set = setOption as (target: OptionTarget, name: string, value: unknown) => void;
  const table: [() => unknown, object][] = [
    [() => get({}, "SO_TYPE"), { name: "TypeError", message: /^getOption: target must be/ }],
    [() => get(null, "SO_TYPE"), { name: "TypeError", message: /^getOption: target must be/ }],
    [() => get({ fileno: 3 }, "SO_TYPE"), { name: "TypeError", message: /target must be/ }],
    [() => get(-1, "SO_TYPE"), { name: "RangeError", message: /target must be .* got -1$/ }],
    [() => get(2 ** 31 - 1, "SO_TYPE"), { message: "getsockopt EBADF SO_TYPE" }],
    [() => get(one, ["SO_TYPE"]), { name: "TypeError", message: /name must be .*'SO_TYPE' \]$/ }],
    [() => get(one, "SO_NONE"), { name: "TypeError", message: /name must be .*'SO_NONE'$/ }],
    [() => get(one, "toString"), { name: "TypeError", message: /name must be .*'toString'$/ }],
    [() => get(one, "SO_DETACH_FILTER"), { name: "TypeError", message: /can be read, got/ }],
    [() => set(one, "SO_TYPE", 1), { name: "TypeError", message: /can be set, got 'SO_TYPE'$/ }],
    [
      () => set(one, "TCP_NODELAY", 1),
      { name: "TypeError", message: "setOption: TCP_NODELAY must be a boolean, got 1" },
    ],
    [
      () => set(one, "IP_TOS", 256),
      {
        name: "RangeError",
        message: "setOption: IP_TOS must be an integer from 0 to 255, got 256",
      },
    ],
    [() => set(one, "SO_PRIORITY", 2 ** 31), { name: "RangeError", message: /SO_PRIORITY.*-?\d/ }],
    [() => set(one, "SO_MARK", -1), { name: "RangeError", message: /from 0 to 4294967295/ }],
    [() => set(one, "SO_MARK", 1.5), { name: "RangeError", message: /an integer .* got 1.5$/ }],
    [() => set(one, "SO_LINGER", 5), { name: "TypeError", message: /an object of onoff, seconds/ }],
    [
      () => set(one, "SO_LINGER", { onoff: true, seconds: -1 }),
      { name: "RangeError", message: /^setOption: SO_LINGER seconds must be .* got -1$/ },
    ],
    [() => set(one, "SO_RCVTIMEO", Number.NaN), { name: "RangeError", message: /seconds from 0/ }],
    [
      () => set(one, "TCP_CONGESTION", "a name of 17 byte"),
      { name: "RangeError", message: /TCP_CONGESTION must be at most 15 bytes/ },
    ],
    [
      () => set(one, "IP_ADD_MEMBERSHIP", { group: "ff02::1" }),
      { name: "RangeError", message: /IP_ADD_MEMBERSHIP group must be a numeric IPv4 address/ },
    ],
    [() => set(one, "IP_ADD_MEMBERSHIP", {}), { name: "TypeError", message: /an address/ }],
    [
      () => set(one, "MCAST_JOIN_GROUP", { group: "239.1.1.1", interface: "no-such-link" }),
      {
        name: "SocketError",
        code: "ENODEV",
        option: "MCAST_JOIN_GROUP",
        message: "setOption ENODEV MCAST_JOIN_GROUP: interface no-such-link",
      },
    ],
    [
      () => set(one, "MCAST_JOIN_SOURCE_GROUP", { group: "239.1.1.1", source: "::1" }),
      { name: "RangeError", message: /source must be a numeric IPv4 address, got '::1'$/ },
    ],
    ...(
      [
        ["SO_BINDTODEVICE", "l\0"],
        ["SO_RCVTIMEO", "1"],
        ["SO_DETACH_FILTER", 1],
        ["TIPC_GROUP_LEAVE", 1],
        ["SO_BINDTOIFINDEX", {}],
        ["SO_LINGER", { onoff: 1, seconds: 1 }],
        ["IP_MULTICAST_IF", []],
        ["IP_MULTICAST_IF", null],
        ["IP_LOCAL_PORT_RANGE", [1]],
        ["IP_LOCAL_PORT_RANGE", [1, 2, 3]],
        ["IP_LOCAL_PORT_RANGE", { length: 2 }],
        ["IP_ADD_SOURCE_MEMBERSHIP", { source: "192.0.2.1" }],
        ["IP_ADD_SOURCE_MEMBERSHIP", { group: "239.1.1.1" }],
        ["IPV6_JOIN_GROUP", { interface: "lo" }],
        ["MCAST_JOIN_GROUP", { interface: "lo" }],
        ["MCAST_JOIN_GROUP", { group: "239.1.1.1", iface: "lo" }],
        ["MCAST_JOIN_SOURCE_GROUP", { group: "239.1.1.1" }],
        ["CAN_RAW_FILTER", 1],
        ["SO_ATTACH_FILTER", 1],
      ] as const
    ).map(([name, value]): [() => unknown, object] => [
      () => set(one, name, value),
      { name: "TypeError", message: new RegExp(`^setOption: ${name} .*must be `) },
    ]),
    ...(
      [
        ["SO_BINDTODEVICE", "é".repeat(8)],
        ["SO_BINDTOIFINDEX", -1],
        ["SO_RCVTIMEO", -1],
        ["SO_RCVTIMEO", 2 ** 31],
        ["SO_LINGER", { onoff: true, seconds: 2 ** 31 }],
        ["SO_MARK", 2 ** 32],
        ["IP_TTL", 2 ** 31],
        ["SO_MAX_PACING_RATE", -1],
        ["SO_MAX_PACING_RATE", 2 ** 53],
        ["IP_LOCAL_PORT_RANGE", [65_536, 0]],
        ["IP_LOCAL_PORT_RANGE", [0, 65_536]],
        ["SO_TXTIME", { clockid: 1, flags: 2 ** 32 }],
        ["PACKET_ADD_MEMBERSHIP", { interface: "lo", type: 1, address: Buffer.alloc(9) }],
        ["SO_ATTACH_FILTER", Array(4097).fill({ code: 6, jt: 0, jf: 0, k: 0 })],
        ["SO_ATTACH_FILTER", [{ code: 65_536, jt: 0, jf: 0, k: 0 }]],
        ["SO_ATTACH_FILTER", [{ code: 6, jt: 0, jf: 0, k: 2 ** 32 }]],
      ] as const
    ).map(([name, value]): [() => unknown, object] => [
      () => set(one, name, value),
      { name: "RangeError", message: new RegExp(`^setOption: ${name} .*must be `) },
    ]),
    [
      () =>
        set(one, "PACKET_ADD_MEMBERSHIP", { interface: "lo", type: 1, address: Buffer.alloc(8) }),
      { name: "SocketError", option: "PACKET_ADD_MEMBERSHIP" },
    ],
    [() => set(one, "SO_ATTACH_FILTER", []), { name: "RangeError", message: /1 to 4096/ }],
    [
      () => set(one, "SO_ATTACH_FILTER", [{ code: 6, jt: 256, jf: 0, k: 0 }]),
      { name: "RangeError", message: /SO_ATTACH_FILTER \[0\] jt must be .* 255, got 256$/ },
    ],
  ];
  for (const [call, error] of table) assert.throws(call, error, String(call));
  one.close();
});

test("a time above 0 does not become 0, which has no limit", () => {
  const one = sync.socket();
  setOption(one, "SO_RCVTIMEO", 1e-9);
  assert.ok(getOption(one, "SO_RCVTIMEO") > 0);
  one.close();
});
