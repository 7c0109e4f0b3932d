/** AF_BLUETOOTH: a form of address for each protocol, the same as Python's. See l2cap(7), rfcomm(7), hci(7)
 * and sco(7) of BlueZ. */
import { integer, wrongType } from "../check.js";
import {
  AF_BLUETOOTH,
  BTPROTO_HCI,
  BTPROTO_L2CAP,
  BTPROTO_RFCOMM,
  BTPROTO_SCO,
} from "../constants.generated.js";
import type { FamilyRow } from "./family.js";
import { elements, sockaddrOf, struct, UINT8_MAX, UINT16_MAX } from "./fields.js";
import { otherRow } from "./other.js";

const BDADDR_SIZE = 6;
const L2 = { size: 14, psm: 2, bdaddr: 4, cid: 10, bdaddrType: 12 } as const;
const RC = { size: 10, bdaddr: 2, channel: 8 } as const;
const SCO = { size: 8, bdaddr: 2 } as const;
const HCI = { size: 6, dev: 2, channel: 4 } as const;

/** "11:22:33:44:55:66", whose last byte is the struct's first. */
function putBdaddr(call: string, value: unknown, into: Buffer, at: number): void {
  if (typeof value !== "string" || !/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(value)) {
    throw wrongType(call, "bdaddr", 'a string such as "11:22:33:44:55:66"', value);
  }
  const digits = value.split(":").reverse();
  into.set(
    digits.map((pair) => Number.parseInt(pair, 16)),
    at,
  );
}

function bdaddrText(from: Buffer, at: number): string {
  const digits = [...from.subarray(at, at + BDADDR_SIZE)].reverse();
  return digits.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
}

/** Goes by the form alone, which tells the protocol. */
function describe(address: unknown): { address?: string; port?: number } {
  const [first, second] = [address].flat() as unknown[];
  if (typeof first === "number")
    return second instanceof Uint8Array ? {} : { address: `hci${first}` };
  const bdaddr = first as string;
  return typeof second === "number" ? { address: bdaddr, port: second } : { address: bdaddr };
}

const l2capRow: FamilyRow = {
  encode(call, address) {
    const what = "an AF_BLUETOOTH address of BTPROTO_L2CAP";
    const form = "[bdaddr, psm, cid?, bdaddrType?]";
    const [bdaddr, psm, cid, bdaddrType] = elements(call, what, form, address, 2, 4);
    const sockaddr = sockaddrOf(AF_BLUETOOTH, L2.size);
    putBdaddr(call, bdaddr, sockaddr, L2.bdaddr);
    sockaddr.writeUInt16LE(integer(call, "psm", psm, 0, UINT16_MAX), L2.psm);
    sockaddr.writeUInt16LE(integer(call, "cid", cid ?? 0, 0, UINT16_MAX), L2.cid);
    sockaddr[L2.bdaddrType] = integer(call, "bdaddrType", bdaddrType ?? 0, 0, UINT8_MAX);
    return sockaddr;
  },
  /** The last elements are there only if they say something, so that without them it is Python's pair. */
  decode(bytes, length) {
    const from = struct(bytes, length, L2.size);
    const pair = [bdaddrText(from, L2.bdaddr), from.readUInt16LE(L2.psm)];
    const [cid, bdaddrType] = [from.readUInt16LE(L2.cid), from[L2.bdaddrType]];
    if (bdaddrType !== 0) return [...pair, cid, bdaddrType];
    return cid === 0 ? pair : [...pair, cid];
  },
  describe,
};

const rfcommRow: FamilyRow = {
  encode(call, address) {
    const what = "an AF_BLUETOOTH address of BTPROTO_RFCOMM";
    const [bdaddr, channel] = elements(call, what, "[bdaddr, channel]", address, 2);
    const sockaddr = sockaddrOf(AF_BLUETOOTH, RC.size);
    putBdaddr(call, bdaddr, sockaddr, RC.bdaddr);
    sockaddr[RC.channel] = integer(call, "channel", channel, 0, UINT8_MAX);
    return sockaddr;
  },
  decode(bytes, length) {
    const from = struct(bytes, length, RC.size);
    return [bdaddrText(from, RC.bdaddr), from[RC.channel]];
  },
  describe,
};

const scoRow: FamilyRow = {
  encode(call, address) {
    const sockaddr = sockaddrOf(AF_BLUETOOTH, SCO.size);
    putBdaddr(call, address, sockaddr, SCO.bdaddr);
    return sockaddr;
  },
  decode: (bytes, length) => bdaddrText(struct(bytes, length, SCO.size), SCO.bdaddr),
  describe,
};

const hciRow: FamilyRow = {
  encode(call, address) {
    const what = "an AF_BLUETOOTH address of BTPROTO_HCI";
    const form = "devId or [devId, channel?]";
    const given = typeof address === "number" ? [address] : address;
    const [dev, channel] = elements(call, what, form, given, 1, 2);
    const sockaddr = sockaddrOf(AF_BLUETOOTH, HCI.size);
    sockaddr.writeUInt16LE(integer(call, "devId", dev, 0, UINT16_MAX), HCI.dev);
    sockaddr.writeUInt16LE(integer(call, "channel", channel ?? 0, 0, UINT16_MAX), HCI.channel);
    return sockaddr;
  },
  /** A number, as in Python, unless the channel is another than the raw one. */
  decode(bytes, length) {
    const from = struct(bytes, length, HCI.size);
    const [dev, channel] = [from.readUInt16LE(HCI.dev), from.readUInt16LE(HCI.channel)];
    return channel === 0 ? dev : [dev, channel];
  },
  describe,
};

const rows: ReadonlyMap<number, FamilyRow> = new Map([
  [BTPROTO_L2CAP, l2capRow],
  [BTPROTO_RFCOMM, rfcommRow],
  [BTPROTO_SCO, scoRow],
  [BTPROTO_HCI, hciRow],
]);

const rowOf = (proto: number): FamilyRow => rows.get(proto) ?? otherRow;

export const bluetoothRow: FamilyRow = {
  encode: (call, address, target) => rowOf(target.proto).encode(call, address, target),
  decode: (bytes, length, proto) => rowOf(proto).decode(bytes, length, proto),
  describe,
};
