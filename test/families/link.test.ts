/** AF_PACKET and AF_NETLINK on this machine's own loopback. See packet(7), netlink(7). */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import process from "node:process";
import test from "node:test";
import {
  AF_INET,
  AF_NETLINK,
  AF_PACKET,
  type AncillaryMessage,
  ETH_P_ALL,
  ETH_P_IP,
  findControl,
  NETLINK_ROUTE,
  PACKET_AUXDATA,
  PACKET_HOST,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
  socket,
} from "berkeley";
import * as sync from "berkeley/sync";
import { lacks, seesOnly } from "./support.js";

const skip = lacks("packet sockets", AF_PACKET, SOCK_RAW);
/** <linux/if_arp.h>: the hardware type of loopback. */
const ARPHRD_LOOPBACK = 772;
const ETHERNET_HEADER = 14;

test("AF_PACKET: unbound, bound to all, bound to one", { skip }, () => {
  using packet = sync.socket(AF_PACKET, SOCK_RAW);
  assert.deepEqual(packet.getsockname(), ["", 0, 0, 0, Buffer.alloc(0)]);
  packet.bind(["", ETH_P_ALL]);
  assert.deepEqual(packet.getsockname(), ["", ETH_P_ALL, 0, 0, Buffer.alloc(0)]);
  packet.bind(["lo", ETH_P_IP]);
  const bound = ["lo", ETH_P_IP, PACKET_HOST, ARPHRD_LOOPBACK, Buffer.alloc(6)];
  assert.deepEqual(packet.getsockname(), bound);
});

for (const [name, type, header] of [
  ["SOCK_RAW", SOCK_RAW, ETHERNET_HEADER],
  ["SOCK_DGRAM", SOCK_DGRAM, 0],
] as const) {
  test(`AF_PACKET ${name}: sees a datagram go by, and can say it again`, { skip }, async () => {
    using receiver = socket(AF_INET, SOCK_DGRAM);
    receiver.bind(["127.0.0.1", 0]);
    using packet = socket(AF_PACKET, type);
    seesOnly(packet, receiver.getsockname()[1], header);
    packet.bind(["lo", ETH_P_IP]);
    using sender = socket(AF_INET, SOCK_DGRAM);
    const mark = `berkeley ${name} ${process.pid}`;
    await sender.sendto(mark, receiver.getsockname());
    assert.equal(String(await receiver.recv(100)), mark);
    // The frame, and then the same frame as we put it on the link ourselves. (No socket gets that
    // one: loopback's addresses are not believed of a packet that came in by a link.)
    for (let seen = 0; seen < 2; ) {
      const [frame, from] = await packet.recvfrom(2000);
      assert.ok(from !== null);
      assert.deepEqual([from[0], from[1], from[3]], ["lo", ETH_P_IP, ARPHRD_LOOPBACK]);
      if (!frame.includes(mark)) continue;
      assert.equal(from[2], PACKET_HOST);
      assert.equal(frame.indexOf(mark), header + 28); // behind the headers of IPv4 and UDP
      if (seen === 0) await packet.sendto(frame, ["lo", ETH_P_IP, 0, 0, Buffer.alloc(6)]);
      seen += 1;
    }
  });
}

// Packet sockets refuse MSG_CMSG_CLOEXEC, which each call that may bring descriptors asks for first,
// with EINVAL: the core asks again without.
for (const [face, open] of [
  ["berkeley", socket],
  ["berkeley/sync", sync.socket],
] as const) {
  test(`${face}: recvmsg, recvmsgInto and recvmmsg of a packet socket`, { skip }, async () => {
    using receiver = sync.socket(AF_INET, SOCK_DGRAM);
    receiver.bind(["127.0.0.1", 0]);
    using packet = open(AF_PACKET, SOCK_DGRAM);
    packet.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1);
    packet.settimeout(10);
    seesOnly(packet, receiver.getsockname()[1], 0);
    packet.bind(["lo", ETH_P_IP]);
    const mark = `berkeley recvmsg ${face} ${process.pid}`;
    const buffer = Buffer.alloc(2000);
    const frames: Buffer[] = [];
    const senders: unknown[] = [];
    const lengths: unknown[] = [];
    const keep = (
      frame: Buffer,
      ancdata: readonly AncillaryMessage[],
      flags: number | undefined,
      from: unknown,
    ): boolean => {
      if (!frame.includes(mark)) return false; // somebody else's
      assert.equal(flags, 0);
      frames.push(Buffer.from(frame));
      senders.push(from);
      lengths.push(findControl(ancdata, "PACKET_AUXDATA")?.len);
      return true;
    };
    const calls = [
      async () => {
        const [frame, ancdata, flags, from] = await packet.recvmsg(2000, 256);
        return keep(frame, ancdata, flags, from);
      },
      async () => {
        const [size, ancdata, flags, from] = await packet.recvmsgInto([buffer], 256);
        return keep(buffer.subarray(0, size), ancdata, flags, from);
      },
      async () => {
        const [datagram] = await packet.recvmmsg(1, 2000);
        assert.ok(datagram);
        return keep(datagram.data, datagram.ancdata, datagram.msgFlags, datagram.addr);
      },
    ];
    for (const call of calls) {
      receiver.sendto(mark, receiver.getsockname());
      while (!(await call()));
    }
    const size = 28 + mark.length; // IPv4, UDP
    const from = ["lo", ETH_P_IP, PACKET_HOST, ARPHRD_LOOPBACK, Buffer.alloc(6)];
    assert.deepEqual(
      frames.map((frame) => frame.length),
      [size, size, size],
    );
    assert.deepEqual(senders, [from, from, from]);
    assert.deepEqual(lengths, [size, size, size]);
  });
}

/** nlmsghdr and ifinfomsg: RTM_GETLINK of all interfaces. */
function getLinks(sequence: number): Buffer {
  const message = Buffer.alloc(32);
  message.writeUInt32LE(32, 0);
  message.writeUInt16LE(18, 4); // RTM_GETLINK
  message.writeUInt16LE(0x301, 6); // NLM_F_REQUEST | NLM_F_DUMP
  message.writeUInt32LE(sequence, 8);
  return message;
}

test("AF_NETLINK: the kernel tells its interfaces, and is [0, 0]", {
  skip: lacks("netlink sockets", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
}, async () => {
  using netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  netlink.bind([0, 0]);
  const [pid, groups] = netlink.getsockname();
  assert.ok(pid > 0);
  assert.equal(groups, 0);
  await netlink.sendto(getLinks(7), [0, 0]);
  let answer = Buffer.alloc(0);
  const isDone = (part: Buffer) => part.readUInt16LE(4) === 3; // NLMSG_DONE
  for (;;) {
    const [part, from] = await netlink.recvfrom(65536);
    assert.deepEqual(from, [0, 0]);
    assert.deepEqual([part.readUInt32LE(8), part.readUInt32LE(12)], [7, pid]);
    if (isDone(part)) break;
    answer = Buffer.concat([answer, part]);
  }
  for (const name of Object.keys(networkInterfaces()))
    assert.ok(answer.includes(`${name}\0`), name);
});
