/** The table of families: tuple ⇄ sockaddr. A new family is one row. */
import {
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_RDS,
  AF_TIPC,
  AF_UNIX,
  AF_VSOCK,
} from "../constants.generated.js";
import type { Where } from "../errors.js";
import { ADDRESS_LENGTH, sharedAddress, words } from "../native.js";
import { algRow } from "./alg.js";
import { bluetoothRow } from "./bluetooth.js";
import { canRow } from "./can.js";
import type { FamilyRow, Lookup, Target } from "./family.js";
import { inet6Row, inetRow } from "./inet.js";
import { otherRow } from "./other.js";
import { packetRow } from "./packet.js";
import { netlinkRow, qipcrtrRow, vsockRow } from "./pair.js";
import { tipcRow } from "./tipc.js";
import { unixRow } from "./unix.js";

const rows: ReadonlyMap<number, FamilyRow> = new Map([
  [AF_INET, inetRow],
  [AF_INET6, inet6Row],
  [AF_UNIX, unixRow],
  [AF_NETLINK, netlinkRow],
  [AF_PACKET, packetRow],
  [AF_VSOCK, vsockRow],
  [AF_CAN, canRow],
  [AF_TIPC, tipcRow],
  // RDS has no sockaddr of its own: the addresses that it gives say AF_INET.
  [AF_RDS, inetRow],
  [AF_ALG, algRow],
  [AF_QIPCRTR, qipcrtrRow],
  [AF_BLUETOOTH, bluetoothRow],
]);

const rowOf = (family: number): FamilyRow => rows.get(family) ?? otherRow;

/** The sockaddr of `address`, or the look-up that its host needs first. */
export function encodeAddress(call: string, address: unknown, target: Target): Uint8Array | Lookup {
  return rowOf(target.family).encode(call, address, target);
}

/** The tuple in the first `length` bytes of `sockaddr`; `null` where there is no address. */
export function decodeAddress(sockaddr: Buffer, length: number, proto: number): unknown {
  if (length < 2) return null;
  return rowOf(sockaddr.readUInt16LE(0)).decode(sockaddr, length, proto);
}

/** The address that the last native call gave. */
export function decodeShared(proto: number): unknown {
  return decodeAddress(sharedAddress, words[ADDRESS_LENGTH] as number, proto);
}

/** An address as errors show it. */
export function describeAddress(family: number, address: unknown): Where {
  return rowOf(family).describe(address);
}
