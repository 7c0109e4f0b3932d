/** AF_TIPC: sockaddr_tipc. What the other numbers mean depends on the first. See <linux/tipc.h>, and Python's
 * socket for the form. */
import { integer, wrongRange } from "../check.js";
import {
  AF_TIPC,
  TIPC_ADDR_ID,
  TIPC_ADDR_NAME,
  TIPC_ADDR_NAMESEQ,
  TIPC_CLUSTER_SCOPE,
} from "../constants.generated.js";
import type { FamilyRow } from "./family.js";
import { elements, sockaddrOf, struct, UINT32_MAX, uint32 } from "./fields.js";

const SIZE = 16;
const ADDRTYPE = 2;
const SCOPE = 3;
/** Of a range: service type, lower, upper. Of a name: service type, instance, and the domain to
 *  look it up in (0: all). */
const FIELDS = [4, 8, 12] as const;
/** Of an id. The kernel has them the other way round: tipc_socket_addr is { ref, node }. */
const REF = 4;
const NODE = 8;

function encode(call: string, address: unknown): Uint8Array {
  const form = "[addrType, v1, v2, v3, scope?]";
  const given = elements(call, "an AF_TIPC address", form, address, 4, 5);
  const type = integer(call, "addrType", given[0], 0, UINT32_MAX);
  const v1 = uint32(call, "v1", given[1]);
  const v2 = uint32(call, "v2", given[2]);
  const v3 = uint32(call, "v3", given[3]);
  // A negative scope withdraws a name that was bound with the positive one.
  const scope = integer(call, "scope", given[4] ?? TIPC_CLUSTER_SCOPE, -128, 127);
  const sockaddr = sockaddrOf(AF_TIPC, SIZE);
  sockaddr[ADDRTYPE] = type;
  sockaddr.writeInt8(scope, SCOPE);
  if (type === TIPC_ADDR_ID) {
    sockaddr.writeUInt32LE(v1, NODE);
    sockaddr.writeUInt32LE(v2, REF);
    return sockaddr;
  }
  if (type !== TIPC_ADDR_NAME && type !== TIPC_ADDR_NAMESEQ) {
    const must = "TIPC_ADDR_NAMESEQ (1), TIPC_ADDR_NAME (2) or TIPC_ADDR_ID (3)";
    throw wrongRange(call, "addrType", must, type);
  }
  sockaddr.writeUInt32LE(v1, FIELDS[0]);
  sockaddr.writeUInt32LE(v2, FIELDS[1]);
  // The domain of a name stays 0, as in Python; decoding gives its instance once more as v3.
  if (type === TIPC_ADDR_NAMESEQ) sockaddr.writeUInt32LE(v3, FIELDS[2]);
  return sockaddr;
}

function decode(sockaddr: Buffer, length: number): unknown {
  const from = struct(sockaddr, length, SIZE);
  const type = from[ADDRTYPE] as number;
  const scope = from.readInt8(SCOPE);
  if (type === TIPC_ADDR_ID) {
    return [type, from.readUInt32LE(NODE), from.readUInt32LE(REF), 0, scope];
  }
  const [v1, v2, v3] = FIELDS.map((offset) => from.readUInt32LE(offset));
  return [type, v1, v2, type === TIPC_ADDR_NAME ? v2 : v3, scope];
}

export const tipcRow: FamilyRow = {
  encode,
  decode,
  describe: (address) => ({ address: (address as number[]).slice(0, 4).join(":") }),
};
