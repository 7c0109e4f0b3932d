/** SOCK_RAW over IPv4 and IPv6, on loopback. See raw(7), icmp(7), ipv6(7). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import test from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  ICMP_FILTER,
  IP_HDRINCL,
  IPPROTO_ICMP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_UDP,
  IPV6_CHECKSUM,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_RAW,
  socket,
} from "berkeley";
import { root } from "../support/machine.js";
import { without } from "../support/peers.js";
import { checksum, lacks } from "./support.js";

const noRaw = lacks("raw IPv4 sockets", AF_INET, SOCK_RAW, IPPROTO_ICMP);
const noRaw6 = lacks("raw IPv6 sockets", AF_INET6, SOCK_RAW, IPPROTO_UDP);

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
const IPV4_HEADER = 20;
/** For experiments, by RFC 3692: no other program's. */
const PROTOCOL = 253;

function echoRequest(identifier: number): Buffer {
  const packet = Buffer.from([ECHO_REQUEST, 0, 0, 0, 0, 0, 0, 1, ...Buffer.from("berkeley")]);
  packet.writeUInt16BE(identifier, 4);
  packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

/** An address of loopback that nobody else uses: bound to it, a raw socket's buffer is not filled
 *  by what the kernel tells other programs. */
const PINGED: [string, number] = ["127.0.0.177", 0];

/** The types of the messages with this identifier, until one of type `last`. */
async function typesUntil(
  sock: ReturnType<typeof socket<typeof AF_INET>>,
  identifier: number,
  last: number,
): Promise<number[]> {
  const types: number[] = [];
  while (types.at(-1) !== last) {
    const [packet, from] = await sock.recvfrom(1500);
    assert.deepEqual(from, PINGED);
    if (packet.readUInt16BE(IPV4_HEADER + 4) === identifier) {
      types.push(packet[IPV4_HEADER] as number);
    }
  }
  return types;
}

test("the kernel answers our ping", { skip: noRaw }, async () => {
  using icmp = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  icmp.bind(PINGED);
  await icmp.sendto(echoRequest(0x1234), PINGED);
  const types = await typesUntil(icmp, 0x1234, ECHO_REPLY);
  assert.deepEqual(types, [ECHO_REQUEST, ECHO_REPLY]);
});

test("ICMP_FILTER leaves out what it names", { skip: noRaw }, async () => {
  using icmp = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  const filter = Buffer.alloc(4);
  filter.writeUInt32LE(1 << ECHO_REQUEST);
  icmp.setsockopt(SOL_RAW, ICMP_FILTER, filter);
  assert.deepEqual(icmp.getsockopt(SOL_RAW, ICMP_FILTER, 4), filter);
  icmp.bind(PINGED);
  await icmp.sendto(echoRequest(0x1235), PINGED);
  assert.deepEqual(await typesUntil(icmp, 0x1235, ECHO_REPLY), [ECHO_REPLY]);
});

/** A UDP datagram with its IPv4 header; the kernel fills in what is 0 of length and checksum. */
function udpPacket(port: number, data: string): Buffer {
  const udp = Buffer.alloc(8 + data.length);
  udp.writeUInt16BE(9, 0);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.write(data, 8);
  const ip = Buffer.from([
    0x45,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    64,
    IPPROTO_UDP,
    0,
    0,
    127,
    0,
    0,
    9,
    127,
    0,
    0,
    1,
  ]);
  return Buffer.concat([ip, udp]);
}

for (const [name, proto, option] of [
  ["IPPROTO_RAW", IPPROTO_RAW, false],
  ["IP_HDRINCL", PROTOCOL, true],
] as const) {
  test(`${name}: the IP header is ours, and so is the source in it`, { skip: noRaw }, async () => {
    using receiver = socket(AF_INET, SOCK_DGRAM);
    receiver.bind(["127.0.0.1", 0]);
    using raw = socket(AF_INET, SOCK_RAW, proto);
    if (option) raw.setsockopt(IPPROTO_IP, IP_HDRINCL, true);
    assert.equal(raw.getsockopt(IPPROTO_IP, IP_HDRINCL), 1);
    const [, port] = receiver.getsockname();
    await raw.sendto(udpPacket(port, "made by hand"), ["127.0.0.1", 0]);
    const [data, from] = await receiver.recvfrom(100);
    assert.deepEqual([String(data), from], ["made by hand", ["127.0.0.9", 9]]);
  });
}

test("IPV6_CHECKSUM: the kernel fills the checksum in", {
  skip: noRaw6 || without.ipv6,
}, async () => {
  using sender = socket(AF_INET6, SOCK_RAW, PROTOCOL);
  using receiver = socket(AF_INET6, SOCK_RAW, PROTOCOL);
  receiver.bind(["::1", 0]);
  sender.setsockopt(IPPROTO_IPV6, IPV6_CHECKSUM, 2);
  const sent = Buffer.from([1, 2, 0, 0, 3, 4]);
  await sender.sendto(sent, ["::1", 0]);
  const got = await receiver.recv(100);
  // The pseudo-header of RFC 8200: both addresses, the length, the next header.
  const loopback = [...new Array(15).fill(0), 1];
  const pseudo = [...loopback, ...loopback, 0, 0, 0, sent.length, 0, 0, 0, PROTOCOL];
  sent.writeUInt16BE(checksum(Buffer.from([...pseudo, ...sent])), 2);
  assert.deepEqual(got, sent);
});

/** Runs without CAP_NET_RAW: an ordinary user has it not, root puts it away. */
function unprivileged(code: string) {
  const node = [process.execPath, "-e", code];
  const drop = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-all"];
  const command = process.getuid?.() === 0 ? [...drop, ...node] : node;
  return spawnSync(command[0] as string, command.slice(1), { cwd: root, encoding: "utf8" });
}

const noDrop = unprivileged("").status === 0 ? false : "no setpriv (util-linux) on this machine";

for (const [name, family, type, proto, advice] of [
  ["raw ICMP", AF_INET, SOCK_RAW, IPPROTO_ICMP, /CAP_NET_RAW.*setcap.*ping_group_range/],
  ["raw IPv6", AF_INET6, SOCK_RAW, IPPROTO_UDP, /CAP_NET_RAW.*setcap cap_net_raw\+ep \//],
  ["packet", AF_PACKET, SOCK_RAW, 0, /packet sockets need CAP_NET_RAW.*setcap/],
] as const) {
  test(`${name}: without the privilege the error says which, and how to grant it`, {
    skip: noDrop,
  }, () => {
    const { stdout } = unprivileged(`
      import("berkeley").then(({ socket }) => {
        try { socket(${family}, ${type}, ${proto}); }
        catch ({ code, errno, syscall, message, stack }) {
          console.log(JSON.stringify({ code, errno, syscall, message, stack }));
        }
      })`);
    const { message, stack, ...rest } = JSON.parse(stdout);
    assert.deepEqual(rest, { code: "EPERM", errno: -1, syscall: "socket" });
    assert.match(message, advice);
    assert.match(message, /^socket EPERM: /);
    assert.ok(stack.includes(message));
  });
}
