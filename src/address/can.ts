/** AF_CAN: sockaddr_can. What follows the interface depends on the protocol. See <linux/can.h>, and
 * Documentation/networking/can.rst, j1939.rst and iso15765-2.rst of Linux. */
import { integer, unsigned64 } from "../check.js";
import { AF_CAN, CAN_ISOTP, CAN_J1939 } from "../constants.generated.js";
import type { FamilyRow, Target } from "./family.js";
import { elements, sockaddrOf, struct, UINT8_MAX, uint32 } from "./fields.js";
import { interfaceIndex, interfaceText } from "./interface.js";

const SIZE = 24;
const IFINDEX = 4;
const RX_ID = 8;
const TX_ID = 12;
const J1939_NAME = 8;
const J1939_PGN = 16;
const J1939_ADDR = 20;

function encodeIsotp(call: string, address: unknown): Buffer {
  const what = "an AF_CAN address of CAN_ISOTP";
  const [name, rx, tx] = elements(call, what, "[ifname, rxAddr, txAddr]", address, 3);
  const sockaddr = sockaddrOf(AF_CAN, SIZE);
  sockaddr.writeUInt32LE(uint32(call, "rxAddr", rx), RX_ID);
  sockaddr.writeUInt32LE(uint32(call, "txAddr", tx), TX_ID);
  sockaddr.writeInt32LE(interfaceIndex(call, name), IFINDEX);
  return sockaddr;
}

function encodeJ1939(call: string, address: unknown): Buffer {
  const what = "an AF_CAN address of CAN_J1939";
  const form = "[ifname, name, pgn, addr]";
  const [ifname, name, pgn, addr] = elements(call, what, form, address, 4);
  const sockaddr = sockaddrOf(AF_CAN, SIZE);
  sockaddr.writeBigUInt64LE(unsigned64(call, "name", name), J1939_NAME);
  sockaddr.writeUInt32LE(uint32(call, "pgn", pgn), J1939_PGN);
  sockaddr[J1939_ADDR] = integer(call, "addr", addr, 0, UINT8_MAX);
  sockaddr.writeInt32LE(interfaceIndex(call, ifname), IFINDEX);
  return sockaddr;
}

function encode(call: string, address: unknown, { proto }: Target): Uint8Array {
  if (proto === CAN_ISOTP) return encodeIsotp(call, address);
  if (proto === CAN_J1939) return encodeJ1939(call, address);
  const [name] = elements(call, "an AF_CAN address", "[ifname]", address, 1);
  const sockaddr = sockaddrOf(AF_CAN, SIZE);
  sockaddr.writeInt32LE(interfaceIndex(call, name), IFINDEX);
  return sockaddr;
}

function decode(sockaddr: Buffer, length: number, proto: number): unknown {
  const from = struct(sockaddr, length, SIZE);
  const ifname = interfaceText(from.readInt32LE(IFINDEX));
  if (proto === CAN_ISOTP) return [ifname, from.readUInt32LE(RX_ID), from.readUInt32LE(TX_ID)];
  if (proto !== CAN_J1939) return [ifname];
  const name = from.readBigUInt64LE(J1939_NAME);
  return [ifname, name, from.readUInt32LE(J1939_PGN), from[J1939_ADDR]];
}

export const canRow: FamilyRow = {
  encode,
  decode,
  describe: (address) => ({ address: (address as [string])[0] }),
};
