/** Families whose address is two numbers: AF_NETLINK, AF_VSOCK, AF_QIPCRTR. See netlink(7),
 * vsock(7), <linux/qrtr.h>. */
import { AF_NETLINK, AF_QIPCRTR, AF_VSOCK } from "../constants.generated.js";
import type { FamilyRow } from "./family.js";
import { elements, sockaddrOf, struct, uint32 } from "./fields.js";

interface Field {
  readonly name: string;
  readonly offset: number;
}

function pairRow(
  family: number,
  familyName: string,
  size: number,
  first: Field,
  second: Field,
): FamilyRow {
  const what = `an ${familyName} address`;
  const form = `[${first.name}, ${second.name}]`;
  return {
    encode(call, address) {
      const [one, two] = elements(call, what, form, address, 2);
      const sockaddr = sockaddrOf(family, size);
      sockaddr.writeUInt32LE(uint32(call, first.name, one), first.offset);
      sockaddr.writeUInt32LE(uint32(call, second.name, two), second.offset);
      return sockaddr;
    },
    decode(bytes, length) {
      const from = struct(bytes, length, size);
      return [from.readUInt32LE(first.offset), from.readUInt32LE(second.offset)];
    },
    describe(address) {
      const [one, two] = address as [number, number];
      return { address: String(one), port: two };
    },
  };
}

export const netlinkRow = pairRow(
  AF_NETLINK,
  "AF_NETLINK",
  12,
  { name: "pid", offset: 4 },
  { name: "groups", offset: 8 },
);

export const vsockRow = pairRow(
  AF_VSOCK,
  "AF_VSOCK",
  16,
  { name: "cid", offset: 8 },
  { name: "port", offset: 4 },
);

export const qipcrtrRow = pairRow(
  AF_QIPCRTR,
  "AF_QIPCRTR",
  12,
  { name: "node", offset: 4 },
  { name: "port", offset: 8 },
);
