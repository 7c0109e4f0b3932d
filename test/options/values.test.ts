/** Values that options do not have, and those that are longer than most. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  BPF_RET,
  ETH_P_IP,
  MSG_ERRQUEUE,
  NETLINK_ROUTE,
  PACKET_MR_MULTICAST,
  PACKET_MR_PROMISC,
  SOCK_DGRAM,
  SOCK_RAW,
} from "berkeley";
import { getOption, setOption, socket } from "berkeley/sync";
import { lacks } from "../families/support.js";
import { hasCapability } from "../support/capability.js";
import { root } from "../support/machine.js";
import { without } from "../support/peers.js";

const packets = { skip: !hasCapability("CAP_NET_RAW") && "no CAP_NET_RAW for packet sockets" };
const users = { skip: !hasCapability("CAP_SETUID") && "needs CAP_SETUID to be another user" };
const groups = { skip: !hasCapability("CAP_SETGID") && "needs CAP_SETGID to join groups" };

test("an interface that is not given is not none", () => {
  using tcp = socket();
  setOption(tcp, "SO_BINDTOIFINDEX", "lo");
  const index = getOption(tcp, "SO_BINDTOIFINDEX");
  assert.throws(() => setOption(tcp, "SO_BINDTOIFINDEX", undefined as never), {
    name: "TypeError",
    message: /SO_BINDTOIFINDEX must be a name or an index, got undefined/,
  });
  assert.equal(getOption(tcp, "SO_BINDTOIFINDEX"), index);
  if (!hasCapability("CAP_NET_RAW")) return;
  setOption(tcp, "SO_BINDTOIFINDEX", 0);
  assert.equal(getOption(tcp, "SO_BINDTOIFINDEX"), 0);
});

test("nor is that of a packet socket's membership", packets, () => {
  using packet = socket(AF_PACKET, SOCK_RAW, 0);
  const membership = { type: PACKET_MR_PROMISC } as never;
  assert.throws(() => setOption(packet, "PACKET_ADD_MEMBERSHIP", membership), TypeError);
});

test("PACKET_ADD_MEMBERSHIP takes the address of a group", packets, () => {
  using packet = socket(AF_PACKET, SOCK_RAW, 0);
  const address = Buffer.from("030405060708", "hex");
  const group = { interface: "lo", type: PACKET_MR_MULTICAST, address };
  const isJoined = () => /\blo .* 030405060708$/m.test(readFileSync("/proc/net/dev_mcast", "utf8"));
  setOption(packet, "PACKET_ADD_MEMBERSHIP", group);
  assert.ok(isJoined());
  setOption(packet, "PACKET_DROP_MEMBERSHIP", group);
  assert.ok(!isJoined());
});

test("PACKET_STATISTICS: what came, and what of it there was no room for", packets, () => {
  using udp = socket(AF_INET, SOCK_DGRAM);
  udp.bind(["127.0.0.1", 0]);
  using packet = socket(AF_PACKET, SOCK_RAW, 0);
  setOption(packet, "SO_RCVBUF", 5000);
  packet.bind(["lo", ETH_P_IP]);
  for (let i = 0; i < 50; i++) udp.sendto(Buffer.alloc(1000), udp.getsockname());
  const { packets, drops } = getOption(packet, "PACKET_STATISTICS");
  assert.ok(packets >= 50 && drops > 0 && drops < packets, `${drops} of ${packets}`);
});

test("NETLINK_LIST_MEMBERSHIPS: the numbers of the groups", {
  skip: lacks("netlink sockets", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
}, () => {
  using netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  for (const group of [1, 12]) setOption(netlink, "NETLINK_ADD_MEMBERSHIP", group);
  assert.deepEqual(getOption(netlink, "NETLINK_LIST_MEMBERSHIPS"), [1, 12]);
});

test("SO_MEMINFO: the buffers, and what is in them", () => {
  using udp = socket(AF_INET, SOCK_DGRAM);
  udp.bind(["127.0.0.1", 0]);
  setOption(udp, "SO_RCVBUF", 10_000);
  setOption(udp, "SO_ATTACH_FILTER", [{ code: BPF_RET, jt: 0, jf: 0, k: 0xffff }]); // of optmem
  udp.sendto("x", udp.getsockname());
  const { rmemAlloc, rcvbuf, sndbuf, ...rest } = getOption(udp, "SO_MEMINFO");
  assert.deepEqual([rcvbuf, sndbuf], [getOption(udp, "SO_RCVBUF"), getOption(udp, "SO_SNDBUF")]);
  assert.ok(rmemAlloc > 0 && rmemAlloc < rcvbuf, `${rmemAlloc}`);
  assert.ok(rest.optmem > 0);
  assert.deepEqual([rest.wmemQueued, rest.backlog, rest.drops], [0, 0, 0]);
});

test("a hole in an array is named", () => {
  using udp = socket(AF_INET6, SOCK_DGRAM);
  assert.throws(() => setOption(udp, "SO_ATTACH_FILTER", Array(1)), {
    name: "TypeError",
    message: /SO_ATTACH_FILTER \[0\] must be an object/,
  });
});

test("more groups of a peer than most have", groups, () => {
  const program = `
    import { getOption, socketpair } from "berkeley/sync";
    process.setgroups(Array.from({ length: 1000 }, (_, i) => 5000 + i));
    const groups = getOption(socketpair()[0], "SO_PEERGROUPS");
    process.stdout.write(groups.length + " " + groups.at(-1));`;
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(stdout, "1000 5999", stderr);
});

test("what a privilege is needed for says so", users, () => {
  const program = `
    import { setOption, socket } from "berkeley/sync";
    process.setuid(65534);
    const CLOCK_TAI = 11;
    const values = { SO_DEBUG: true, SO_TXTIME: { clockid: CLOCK_TAI, flags: 0 } };
    for (const [name, value] of Object.entries(values)) {
      try {
        setOption(socket(), name, value);
      } catch ({ message }) {
        console.log(message);
      }
    }`;
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  const said = [
    "setsockopt EACCES SO_DEBUG: it needs CAP_NET_ADMIN",
    "setsockopt EPERM SO_TXTIME: it needs CAP_NET_ADMIN to use another clock than CLOCK_MONOTONIC",
  ];
  assert.deepEqual(stdout.trim().split("\n"), said, stderr);
});

test("the flow of an address that comes out has the traffic class, too, as in Python", {
  skip: without.ipv6,
}, () => {
  using udp = socket(AF_INET6, SOCK_DGRAM);
  udp.settimeout(10);
  setOption(udp, "IPV6_RECVERR", true);
  setOption(udp, "IPV6_FLOWINFO_SEND", true);
  setOption(udp, "IPV6_TCLASS", 0xb8);
  using nobody = socket(AF_INET6, SOCK_DGRAM);
  nobody.bind(["::1", 0]);
  const [, port] = nobody.getsockname();
  nobody.close();
  udp.sendto("x", ["::1", port, 0x12345]);
  const [, , , address] = udp.recvmsg(10, 200, MSG_ERRQUEUE);
  assert.deepEqual(address, ["::1", port, 0x0b812345, 0]);
});
