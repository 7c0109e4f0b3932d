/** Addresses of every family: what goes in, and what must come out. Interfaces are `lo` and none,
 * which every machine has. */
import { constants } from "berkeley";
import fc from "fast-check";

/** An element of an address, in and out. */
export type Value = string | number | bigint | Uint8Array;
export type Address = Value | readonly Value[];

export interface Form {
  readonly name: string;
  readonly family: number;
  readonly proto: number;
  readonly addresses: fc.Arbitrary<readonly Value[] | Value>;
  /** What comes out for what went in, where it is not the same. */
  readonly out?: (address: never) => Address;
  /** Python's module takes and gives fewer of them. */
  readonly python?: (address: never) => boolean;
}

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const ifname = fc.constantFrom("lo", "");
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."abcz019()-_"), minLength: 1, maxLength });
const bdaddr = fc
  .array(uint(8), { minLength: 6, maxLength: 6 })
  .map((all) => all.map((one) => one.toString(16).padStart(2, "0").toUpperCase()).join(":"));
/** In Python's other spellings: small letters, and no zero in front. */
const looseBdaddr = fc
  .array(uint(8), { minLength: 6, maxLength: 6 })
  .map((all) => all.map((one) => one.toString(16)).join(":"));
const host = fc.array(uint(8), { minLength: 4, maxLength: 4 }).map((all) => all.join("."));

const host6 = fc.constantFrom("::1", "fe80::1", "fe80::1%lo", "2001:db8::7", "::ffff:1.2.3.4");
const port = fc.oneof(fc.constantFrom(0, 80), uint(16));
type Inet6 = [host: string, port: number, flowinfo?: number, scopeId?: number];

const {
  TIPC_ADDR_ID: ID,
  TIPC_ADDR_NAME: NAME,
  TIPC_ADDR_NAMESEQ: NAMESEQ,
  TIPC_CLUSTER_SCOPE: CLUSTER,
} = constants;
type Tipc = [type: number, v1: number, v2: number, v3: number, scope?: number];

function tipcOut([type, v1, v2, v3, scope = CLUSTER]: Tipc): Address {
  const last = type === NAMESEQ ? v3 : type === NAME ? v2 : 0;
  return [type, v1, v2, last, scope];
}

const tipc = fc.tuple(fc.constantFrom(NAMESEQ, NAME, ID), uint(32), uint(32), uint(32));

type Packet = [
  ifname: string,
  protocol: number,
  pkttype?: number,
  hatype?: number,
  addr?: Uint8Array,
];

type Alg = [type: string, name: string, feat?: number, mask?: number];

type L2cap = [bdaddr: string, psm: number, cid?: number, bdaddrType?: number];

/** Zeros at the end do not come out. */
function l2capOut([address, psm, cid = 0, type = 0]: L2cap): Address {
  return type !== 0 ? [address, psm, cid, type] : cid !== 0 ? [address, psm, cid] : [address, psm];
}

const { AF_CAN, AF_BLUETOOTH } = constants;

export const forms: readonly Form[] = [
  {
    name: "AF_INET6",
    family: constants.AF_INET6,
    proto: 0,
    // Few of them, so that the same come with and without the last two. Of a scope qemu-user passes on 16 bits.
    addresses: fc.oneof(
      fc.tuple(host6, port),
      fc.tuple(host6, port, uint(20)),
      fc.tuple(host6, port, uint(20), uint(16)),
      fc.tuple(host6, port, fc.constant(0), uint(16)),
    ),
    // The interface of every network namespace, whose index is 1, where no other is given.
    out: ([host, port, flow = 0, scope = 0]: Inet6) => {
      const [numeric, zone] = host.split("%") as [string, string?];
      return [numeric, port, flow, scope === 0 && zone !== undefined ? 1 : scope];
    },
    // It forgets the zone.
    python: ([host]: Inet6) => !host.includes("%"),
  },
  {
    name: "AF_NETLINK",
    family: constants.AF_NETLINK,
    proto: 0,
    addresses: fc.tuple(uint(32), uint(32)),
  },
  {
    name: "AF_PACKET",
    family: constants.AF_PACKET,
    proto: 0,
    addresses: fc.oneof(
      fc.tuple(ifname, uint(16)),
      fc.tuple(ifname, uint(16), uint(8), uint(16), fc.uint8Array({ maxLength: 8 })),
    ),
    out: ([ifname, protocol, pkttype = 0, hatype = 0, addr = new Uint8Array(0)]: Packet) => [
      ...[ifname, protocol, pkttype, hatype, addr],
    ],
    // No interface is ENODEV in Python's.
    python: ([name]: [string]) => name !== "",
  },
  {
    name: "AF_VSOCK",
    family: constants.AF_VSOCK,
    proto: 0,
    addresses: fc.tuple(uint(32), uint(32)),
  },
  {
    name: "AF_CAN, CAN_RAW",
    family: AF_CAN,
    proto: constants.CAN_RAW,
    addresses: fc.tuple(ifname),
  },
  {
    name: "AF_CAN, CAN_BCM",
    family: AF_CAN,
    proto: constants.CAN_BCM,
    addresses: fc.tuple(ifname),
  },
  {
    name: "AF_CAN, CAN_ISOTP",
    family: AF_CAN,
    proto: constants.CAN_ISOTP,
    addresses: fc.tuple(ifname, uint(32), uint(32)),
  },
  {
    name: "AF_CAN, CAN_J1939",
    family: AF_CAN,
    proto: constants.CAN_J1939,
    addresses: fc.tuple(ifname, fc.bigInt(0n, 2n ** 64n - 1n), uint(32), uint(8)),
  },
  {
    name: "AF_TIPC",
    family: constants.AF_TIPC,
    proto: 0,
    addresses: fc.oneof(
      tipc,
      fc.tuple(tipc, fc.integer({ min: -128, max: 127 })).map((a) => a.flat()),
    ),
    out: tipcOut,
    python: ([, , , , scope = 0]: Tipc) => scope >= 0,
  },
  { name: "AF_RDS", family: constants.AF_RDS, proto: 0, addresses: fc.tuple(host, uint(16)) },
  {
    name: "AF_ALG",
    family: constants.AF_ALG,
    proto: 0,
    addresses: fc.oneof(
      fc.tuple(text(13), text(63)),
      fc.tuple(text(13), text(63), uint(32), uint(32)),
    ),
    out: ([type, name, feat = 0, mask = 0]: Alg) => [type, name, feat, mask],
    python: ([, , feat = 0, mask = 0]: Alg) => Math.max(feat, mask) < 2 ** 16,
  },
  {
    name: "AF_QIPCRTR",
    family: constants.AF_QIPCRTR,
    proto: 0,
    addresses: fc.tuple(uint(32), uint(32)),
  },
  {
    name: "AF_MCTP, which has no row",
    family: constants.AF_MCTP,
    proto: 0,
    addresses: fc.tuple(
      fc.constantFrom(constants.AF_MCTP, constants.AF_UNSPEC),
      fc.uint8Array({ maxLength: 126 }),
    ),
  },
  {
    name: "AF_BLUETOOTH, BTPROTO_L2CAP",
    family: AF_BLUETOOTH,
    proto: constants.BTPROTO_L2CAP,
    addresses: fc.oneof(
      fc.tuple(bdaddr, uint(16)),
      fc.tuple(bdaddr, uint(16), uint(16)),
      fc.tuple(bdaddr, uint(16), uint(16), uint(8)),
    ),
    out: l2capOut,
    // The others are new in Python 3.14.
    python: (address: L2cap) => address.length === 2,
  },
  {
    name: "AF_BLUETOOTH, BTPROTO_RFCOMM",
    family: AF_BLUETOOTH,
    proto: constants.BTPROTO_RFCOMM,
    addresses: fc.tuple(bdaddr, uint(8)),
  },
  {
    name: "AF_BLUETOOTH, BTPROTO_SCO",
    family: AF_BLUETOOTH,
    proto: constants.BTPROTO_SCO,
    addresses: fc.oneof(bdaddr, looseBdaddr),
    out: (address: string) =>
      address
        .split(":")
        .map((one) => one.padStart(2, "0").toUpperCase())
        .join(":"),
  },
  {
    name: "AF_BLUETOOTH, BTPROTO_HCI",
    family: AF_BLUETOOTH,
    proto: constants.BTPROTO_HCI,
    addresses: fc.oneof(uint(16), fc.tuple(uint(16)), fc.tuple(uint(16), uint(16))),
    out: (address: number | [number, number?]) => {
      const [dev, channel = 0] = [address].flat() as [number, number?];
      return channel === 0 ? dev : [dev, channel];
    },
    // The channel, and a plain number, are new in Python 3.14.
    python: (address: unknown) => Array.isArray(address) && address.length === 1,
  },
];

/** What must come out for `address`. */
export function expected(form: Form, address: Address): Address {
  return form.out === undefined ? address : form.out(address as never);
}
