/** Families without a row: their number, and the bytes that follow it, as they are. */
import { buffer, integer, wrongRange, wrongType } from "../check.js";
import { lengthOf } from "../memory.js";
import type { FamilyRow, Target } from "./family.js";

const DATA_OFFSET = 2;
const DATA_MAX = 126;

function encode(call: string, address: unknown, target: Target): Uint8Array {
  if (!Array.isArray(address) || address.length !== 2) {
    throw wrongType(call, `an address of family ${target.family}`, "[family, bytes]", address);
  }
  const family = integer(call, "family", address[0], 0, 65535);
  const data = buffer(call, "address data", address[1]);
  const length = lengthOf(data);
  if (length > DATA_MAX) {
    throw wrongRange(call, "address data", `at most ${DATA_MAX} bytes`, address[1]);
  }
  const sockaddr = Buffer.alloc(DATA_OFFSET + length);
  sockaddr.writeUInt16LE(family, 0);
  sockaddr.set(data, DATA_OFFSET);
  return sockaddr;
}

export const otherRow: FamilyRow = {
  encode,
  decode: (sockaddr, length) => [
    sockaddr.readUInt16LE(0),
    Buffer.from(sockaddr.subarray(DATA_OFFSET, length)),
  ],
  describe: () => ({}),
};
