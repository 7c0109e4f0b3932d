/** CAN on vcan0: what peers.test.ts does not cover. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_CAN,
  CAN_BCM,
  CAN_BCM_TX_SEND,
  CAN_J1939,
  CAN_RAW,
  J1939_NO_NAME,
  J1939_NO_PGN,
  SOCK_DGRAM,
  SOCK_RAW,
  socket as socketLater,
} from "berkeley";
import { socket } from "berkeley/sync";
import { canFrame, lacks } from "./kinds.js";

/** struct bcm_msg_head, 64-bit: opcode, flags, count, two times of two longs, identifier, frames. */
function bcmSend(frame: Buffer): Buffer {
  const head = Buffer.alloc(56);
  head.writeUInt32LE(CAN_BCM_TX_SEND);
  head.writeUInt32LE(1, 52);
  return Buffer.concat([head, frame]);
}

test("CAN_BCM sends a frame that CAN_RAW reads, with the interface as its address", {
  skip: lacks("CAN_BCM on vcan0", AF_CAN, SOCK_RAW, CAN_RAW, ["vcan0"]),
}, () => {
  using raw = socket(AF_CAN, SOCK_RAW, CAN_RAW);
  raw.bind(["vcan0"]);
  assert.deepEqual(raw.getsockname(), ["vcan0"]);
  using bcm = socket(AF_CAN, SOCK_DGRAM, CAN_BCM);
  bcm.connect(["vcan0"]);
  const frame = canFrame(0x321, "bcm");
  bcm.send(bcmSend(frame));
  assert.deepEqual(raw.recvfrom(16), [frame, ["vcan0"]]);
});

test("CAN_RAW on any interface is told which one a frame came by", {
  skip: lacks("CAN_RAW on vcan0", AF_CAN, SOCK_RAW, CAN_RAW, ["vcan0"]),
}, () => {
  using any = socket(AF_CAN, SOCK_RAW, CAN_RAW);
  any.bind([""]);
  assert.deepEqual(any.getsockname(), [""]);
  using one = socket(AF_CAN, SOCK_RAW, CAN_RAW);
  one.bind(["vcan0"]);
  const frame = canFrame(0x7ff, "any");
  one.send(frame);
  assert.deepEqual(any.recvfrom(16), [frame, ["vcan0"]]);
  assert.throws(() => one.bind(["nosuch0"]), { code: "ENODEV", message: "bind ENODEV nosuch0" });
});

const claimed = 0x8000_0000_0000_0001n;

test("CAN_J1939: a name of 64 bits is a bigint, in and out", {
  skip: lacks("CAN_J1939 on vcan0", AF_CAN, SOCK_DGRAM, CAN_J1939, ["vcan0", 0, 0x40000, 0xff]),
}, () => {
  using j1939 = socket(AF_CAN, SOCK_DGRAM, CAN_J1939);
  j1939.bind(["vcan0", claimed, 0x40000, 0x30]);
  assert.deepEqual(j1939.getsockname(), ["vcan0", claimed, 0x40000, 0x30]);
});

test("CAN_J1939: sendmmsg sends each message whole where there is room for a part of it", {
  skip: lacks("CAN_J1939 on vcan0", AF_CAN, SOCK_DGRAM, CAN_J1939, ["vcan0", 0, 0x40000, 0xff]),
}, async () => {
  const bound = (address: number) => {
    const sock = socketLater(AF_CAN, SOCK_DGRAM, CAN_J1939);
    sock.bind(["vcan0", J1939_NO_NAME, J1939_NO_PGN, address]);
    sock.settimeout(60);
    return sock;
  };
  using sender = bound(0x40);
  using receiver = bound(0x41);
  // More than its send buffer holds.
  const sizes = [60_000, 60_000, 150_000];
  const destination = ["vcan0", J1939_NO_NAME, 0x12300, 0x41] as const;
  const messages = sizes.map((size, i) => ({ contents: Buffer.alloc(size, i), destination }));
  const sent = sender.sendmmsg(messages);
  for (const { contents } of messages) {
    assert.ok(contents.equals(await receiver.recv(200_000)));
  }
  assert.equal(await sent, messages.length);
});
