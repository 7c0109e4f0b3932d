/** AF_ALG: sockaddr_alg, the kernel's ciphers and hashes. See <linux/if_alg.h>, and
 * Documentation/crypto/userspace-if.rst of Linux. */
import { wrongRange, wrongType } from "../check.js";
import { AF_ALG } from "../constants.generated.js";
import type { FamilyRow } from "./family.js";
import { elements, sockaddrOf, struct, textOf, uint32 } from "./fields.js";

const SIZE = 88;
const TYPE = 2;
const TYPE_SIZE = 14;
const FEAT = 16;
const MASK = 20;
const NAME = 24;
const NAME_SIZE = SIZE - NAME;

/** A text with room for its NUL: the kernel ends both fields with one, whatever is there. */
function text(call: string, what: string, value: unknown, room: number): Buffer {
  if (typeof value !== "string" || value.includes("\0")) {
    throw wrongType(call, what, "a string without NUL bytes", value);
  }
  const found = Buffer.from(value, "utf8");
  if (found.length < room) return found;
  throw wrongRange(call, what, `at most ${room - 1} bytes`, value);
}

function encode(call: string, address: unknown): Uint8Array {
  const form = "[type, name, feat?, mask?]";
  const given = elements(call, "an AF_ALG address", form, address, 2, 4);
  const sockaddr = sockaddrOf(AF_ALG, SIZE);
  sockaddr.set(text(call, "type", given[0], TYPE_SIZE), TYPE);
  sockaddr.set(text(call, "name", given[1], NAME_SIZE), NAME);
  sockaddr.writeUInt32LE(uint32(call, "feat", given[2] ?? 0), FEAT);
  sockaddr.writeUInt32LE(uint32(call, "mask", given[3] ?? 0), MASK);
  return sockaddr;
}

function decode(sockaddr: Buffer, length: number): unknown {
  const from = struct(sockaddr, length, SIZE);
  return [
    textOf(from.subarray(TYPE, TYPE + TYPE_SIZE)),
    textOf(from.subarray(NAME, SIZE)),
    from.readUInt32LE(FEAT),
    from.readUInt32LE(MASK),
  ];
}

export const algRow: FamilyRow = {
  encode,
  decode,
  describe: (address) => ({ address: (address as string[]).slice(0, 2).join(":") }),
};
