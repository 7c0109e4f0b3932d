/** The families that neither most kernels nor User-Mode Linux have, on Debian's full kernel
 * (npm run test:full-kernel); with Python at the other end, if there can be another end. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";
import test from "node:test";
import * as berkeley from "berkeley";
import {
  type AddressInput,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_QIPCRTR,
  AF_SMC,
  BTPROTO_HCI,
  BTPROTO_L2CAP,
  BTPROTO_RFCOMM,
  BTPROTO_SCO,
  CAN_ISOTP,
  type Family,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "berkeley";
import * as sync from "berkeley/sync";
import { lacks } from "../kernel/kinds.js";
import { faces } from "../support/faces.js";
import { python } from "../support/machine.js";

/** Ends what hangs. Under emulation everything takes its time. */
const PATIENCE_SEC = 60;

/** Answers one datagram in capitals, and prints its own name and who asked. */
const ANSWER = `
import json, socket, sys
family, type, proto, name = json.loads(sys.argv[1])
with socket.socket(family, type, proto) as sock:
    sock.settimeout(${PATIENCE_SEC})
    sock.bind(tuple(name))
    print(json.dumps(sock.getsockname()), flush=True)
    data, who = sock.recvfrom(4096)
    sock.sendto(data.upper(), who)
    print(json.dumps(who), flush=True)
`;

/** Starts Python to answer. Returns what waits for so many of its lines, read as JSON. */
function answering(family: Family, type: number, proto: number, name: AddressInput<Family>) {
  const args = ["-c", ANSWER, JSON.stringify([family, type, proto, name])];
  const child = spawn(python, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: unknown[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  return async (count: number): Promise<unknown> => {
    while (lines.length < count) {
      assert.equal(child.exitCode, null, "python3 ended early");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return lines[count - 1];
  };
}

const [ONE, OTHER] = [0x123, 0x321];

test("CAN_ISOTP: a name is [ifname, rxAddr, txAddr], of 29 bits, too", {
  skip: lacks("CAN_ISOTP on vcan0", AF_CAN, SOCK_DGRAM, CAN_ISOTP, ["vcan0", ONE, OTHER]),
}, () => {
  using sock = sync.socket(AF_CAN, SOCK_DGRAM, CAN_ISOTP);
  sock.bind(["vcan0", ONE, OTHER]);
  assert.deepEqual(sock.getsockname(), ["vcan0", ONE, OTHER]);
  using extended = sync.socket(AF_CAN, SOCK_DGRAM, CAN_ISOTP);
  const [rx, tx] = [berkeley.CAN_EFF_FLAG + 0x12345678, berkeley.CAN_EFF_FLAG + 0x1abcdef0];
  extended.bind(["vcan0", rx, tx]);
  assert.deepEqual(extended.getsockname(), ["vcan0", rx, tx]);
});

for (const [name, face] of faces) {
  test(`${name}: CAN_ISOTP carries more than a frame holds, to Python and back`, {
    skip: lacks("CAN_ISOTP on vcan0", AF_CAN, SOCK_DGRAM, CAN_ISOTP, ["vcan0", ONE, OTHER]),
  }, async () => {
    const said = answering(AF_CAN, SOCK_DGRAM, CAN_ISOTP, ["vcan0", OTHER, ONE]);
    assert.deepEqual(await said(1), ["vcan0", OTHER, ONE]);
    using sock = face.socket(AF_CAN, SOCK_DGRAM, CAN_ISOTP);
    sock.settimeout(PATIENCE_SEC);
    sock.bind(["vcan0", ONE, OTHER]);
    const text = "a frame of CAN has 8 bytes ".repeat(20);
    assert.equal(await sock.send(text), text.length);
    const [data, from] = await sock.recvfrom(4096);
    assert.equal(String(data), text.toUpperCase());
    assert.equal((from as readonly unknown[])[0], "vcan0");
    await said(2);
  });

  test(`${name}: AF_QIPCRTR, to Python and back`, {
    skip: lacks("AF_QIPCRTR", AF_QIPCRTR, SOCK_DGRAM),
  }, async () => {
    using sock = face.socket(AF_QIPCRTR, SOCK_DGRAM);
    sock.settimeout(PATIENCE_SEC);
    const [node] = sock.getsockname();
    sock.bind([node, 0]);
    const ours = sock.getsockname();
    assert.ok(ours[0] === node && ours[1] > 0, String(ours));
    const said = answering(AF_QIPCRTR, SOCK_DGRAM, 0, [node, 0]);
    const theirs = (await said(1)) as [number, number];
    assert.equal(await sock.sendto("hello", theirs), 5);
    assert.deepEqual(await sock.recvfrom(100), [Buffer.from("HELLO"), theirs]);
    assert.deepEqual(await said(2), ours);
  });
}

for (const [name, face] of faces) {
  test(`${name}: AF_SMC is connected behind connect`, {
    skip: lacks("AF_SMC", AF_SMC, SOCK_STREAM),
  }, async () => {
    using listener = face.socket(AF_SMC, SOCK_STREAM);
    listener.listen();
    const [, port] = listener.getsockname() as unknown as [string, number];
    const to = [AF_INET, Buffer.from([port >> 8, port & 255, 127, 0, 0, 1, ...Array(8).fill(0)])];
    using client = face.socket(AF_SMC, SOCK_STREAM);
    client.settimeout(PATIENCE_SEC);
    assert.equal(await client.connectEx(to as never), 0);
    assert.equal(await client.connectEx(to as never), constants.errno.EISCONN);
    const [connection] = await listener.accept();
    await client.sendall("hello");
    assert.equal(String(await connection.recv(100)), "hello");
    connection.close();
  });
}

const skip = lacks("AF_BLUETOOTH", AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP);
const ANY = "00:00:00:00:00:00";

for (const [name, type, proto, address] of [
  ["L2CAP", SOCK_SEQPACKET, BTPROTO_L2CAP, [ANY, 0x1001]],
  ["RFCOMM", SOCK_STREAM, BTPROTO_RFCOMM, [ANY, 7]],
  ["SCO", SOCK_SEQPACKET, BTPROTO_SCO, ANY],
] as const) {
  test(`AF_BLUETOOTH ${name}: a listener has the name that it was bound to`, { skip }, () => {
    using sock = sync.socket(AF_BLUETOOTH, type, proto);
    sock.bind(address);
    sock.listen();
    assert.deepEqual(sock.getsockname(), address);
  });
}

test("AF_BLUETOOTH HCI: a device by its number, and a channel", { skip }, () => {
  // A controller of our own, which says nothing: HCI_VENDOR_PKT and its kind (0).
  const controller = openSync("/dev/vhci", "r+");
  try {
    writeSync(controller, Buffer.from([0xff, 0]));
    using device = sync.socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI);
    assert.throws(() => device.bind(9), { code: "ENODEV", syscall: "bind" });
    device.bind(0);
    assert.deepEqual(device.getsockname(), 0);
    using monitor = sync.socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI);
    const [NO_DEVICE, MONITOR] = [0xffff, 2];
    monitor.bind([NO_DEVICE, MONITOR]);
    // The kernel returns a name for sockets that are bound to a device.
    assert.throws(() => monitor.getsockname(), { code: "EBADFD" });
    // struct hci_mon_hdr: what happened, and to which device. The first is the kernel's greeting.
    monitor.settimeout(PATIENCE_SEC);
    assert.ok(monitor.recv(512).length > 6);
  } finally {
    closeSync(controller);
  }
});
