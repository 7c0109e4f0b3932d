/** The table of control messages: what is encoded is decoded, and what is cut short is not. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  ALG_SET_IV,
  type AncillaryMessage,
  type ControlInputName,
  type ControlMessage,
  decodeControl,
  encodeControl,
  findControl,
  IP_ORIGDSTADDR,
  IP_RECVERR,
  IP_RECVFRAGSIZE,
  IP_TTL,
  IPPROTO_TCP,
  IPV6_FLOWINFO,
  IPV6_ORIGDSTADDR,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  NETLINK_PKTINFO,
  PACKET_AUXDATA,
  SCM_RIGHTS,
  SCM_TIMESTAMP,
  SCM_TIMESTAMPING,
  SCM_TIMESTAMPNS,
  SO_RXQ_OVFL,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPNS_NEW,
  SOL_ALG,
  SOL_IP,
  SOL_IPV6,
  SOL_NETLINK,
  SOL_PACKET,
  SOL_SOCKET,
  SOL_UDP,
  TCP_CM_INQ,
  UDP_GRO,
} from "berkeley";
import fc from "fast-check";

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const fd = fc.nat(2 ** 31 - 1);
const byte = fc.nat(255);
const ipv4 = fc.ipV4();

/** Values of each message that goes out as it comes in. */
const values: Partial<Record<ControlInputName, fc.Arbitrary<unknown>>> = {
  SCM_RIGHTS: fc.array(fd),
  SCM_CREDENTIALS: fc.record({ pid: int32, uid: uint32, gid: uint32 }, { noNullPrototype: true }),
  SCM_TXTIME: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  SO_MARK: uint32,
  IP_TTL: int32,
  IP_TOS: byte,
  IPV6_HOPLIMIT: int32,
  IPV6_TCLASS: int32,
  UDP_SEGMENT: fc.nat(65535),
  ALG_SET_OP: uint32,
  ALG_SET_IV: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ALG_SET_AEAD_ASSOCLEN: uint32,
};

for (const [name, arbitrary] of Object.entries(values)) {
  test(`${name}: what is encoded is decoded`, () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const message = encodeControl(name as "SO_MARK", value as number);
        const decoded = decodeControl(message);
        const [level, type] = message;
        assert.deepEqual(decoded, { name, level, type, value });
        assert.deepEqual(findControl([[9, 9, Buffer.alloc(0)], message], name as "SO_MARK"), value);
      }),
    );
  });
}

test("IP_PKTINFO: the local address and the interface", () => {
  fc.assert(
    fc.property(ipv4, fc.nat(1000), (specDst, ifindex) => {
      const message = encodeControl("IP_PKTINFO", { specDst, ifindex });
      assert.deepEqual(findControl([message], "IP_PKTINFO"), { ifindex, specDst, addr: "0.0.0.0" });
    }),
  );
  const received = { ifindex: 2, specDst: "127.0.0.1", addr: "239.77.0.1" };
  assert.deepEqual(encodeControl("IP_PKTINFO", received)[2].readUInt32BE(8), 0);
  const none = findControl([encodeControl("IP_PKTINFO", {})], "IP_PKTINFO");
  assert.deepEqual(none, { ifindex: 0, specDst: "0.0.0.0", addr: "0.0.0.0" });
});

test("IPV6_PKTINFO: the address and the interface", () => {
  const message = encodeControl("IPV6_PKTINFO", { addr: "fe80::1", ifindex: 3 });
  assert.deepEqual(findControl([message], "IPV6_PKTINFO"), { addr: "fe80::1", ifindex: 3 });
  const none = findControl([encodeControl("IPV6_PKTINFO", {})], "IPV6_PKTINFO");
  assert.deepEqual(none, { addr: "::", ifindex: 0 });
});

test("IP_TOS goes as an int", () => {
  assert.deepEqual(encodeControl("IP_TOS", 16)[2], bytes("10000000"));
});

/** Longs of C. */
function longs(...parts: bigint[]): Buffer {
  const data = Buffer.alloc(8 * parts.length);
  for (const [i, part] of parts.entries()) data.writeBigInt64LE(part, i * 8);
  return data;
}

const bytes = (...parts: string[]) => Buffer.from(parts.join(""), "hex");

/** A struct sockaddr_in and a sockaddr_in6. */
const INET = "02000050c00002010000000000000000";
const INET6 = "0a0000500001234520010db800000000000000000000000102000000";
/** The ints behind are those of struct sock_extended_err. */
const ERROR = "710000000203010078050080ffffffff";
const story = { errno: 113, origin: 2, type: 3, code: 1, info: 0x80000578, data: 0xffffffff };
const AUXDATA = "0100008002000000030000000400050006000700";

/** What the kernel says, and what it comes to; of the types of newer options, too. */
const told: [name: string | null, level: number, type: number, data: Buffer, value: unknown][] = [
  ["SCM_TIMESTAMP", SOL_SOCKET, SCM_TIMESTAMP, longs(5n, 7n), 5_000_007_000n],
  ["SCM_TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP_NEW, longs(5n, 7n), 5_000_007_000n],
  ["SCM_TIMESTAMPNS", SOL_SOCKET, SCM_TIMESTAMPNS, longs(5n, 7n), 5_000_000_007n],
  ["SCM_TIMESTAMPNS", SOL_SOCKET, SO_TIMESTAMPNS_NEW, longs(-1n, 7n), -999_999_993n],
  ...[SCM_TIMESTAMPING, SO_TIMESTAMPING_NEW].flatMap((type): typeof told => [
    [
      "SCM_TIMESTAMPING",
      SOL_SOCKET,
      type,
      longs(1n, 2n, 0n, 0n, 0n, 0n),
      { software: 1_000_000_002n, hardware: null },
    ],
    [
      "SCM_TIMESTAMPING",
      SOL_SOCKET,
      type,
      longs(0n, 0n, 0n, 0n, 3n, 4n),
      { software: null, hardware: 3_000_000_004n },
    ],
  ]),
  [null, SOL_SOCKET, SCM_TIMESTAMPING, longs(1n, 2n, 0n, 0n), undefined],
  ["SCM_PIDFD", SOL_SOCKET, 4, bytes("ffffffff"), -1],
  ["SO_RXQ_OVFL", SOL_SOCKET, SO_RXQ_OVFL, bytes("feffffff"), 0xfffffffe],
  ["NETLINK_PKTINFO", SOL_NETLINK, NETLINK_PKTINFO, bytes("01000080"), 0x80000001],
  ["TCP_INQ", IPPROTO_TCP, TCP_CM_INQ, bytes("05000000"), 5],
  ["UDP_GRO", SOL_UDP, UDP_GRO, bytes("b0040000"), 1200],
  ["IP_RECVFRAGSIZE", SOL_IP, IP_RECVFRAGSIZE, bytes("dc050000"), 1500],
  ["IPV6_FLOWINFO", SOL_IPV6, IPV6_FLOWINFO, bytes("f0012345"), 0xf0012345],
  ["IP_ORIGDSTADDR", SOL_IP, IP_ORIGDSTADDR, bytes(INET), ["192.0.2.1", 80]],
  [null, SOL_IP, IP_ORIGDSTADDR, Buffer.alloc(16), undefined],
  ["IPV6_ORIGDSTADDR", SOL_IPV6, IPV6_ORIGDSTADDR, bytes(INET6), ["2001:db8::1", 80, 0x12345, 2]],
  [null, SOL_IPV6, IPV6_ORIGDSTADDR, bytes(INET), undefined],
  [null, SOL_IPV6, IPV6_PKTINFO, Buffer.alloc(16), undefined],
  [null, 0, 2 ** 16 + SCM_RIGHTS, Buffer.alloc(4), undefined], // of level 1 it is one
  ["IP_RECVERR", SOL_IP, IP_RECVERR, bytes(ERROR, INET), { ...story, offender: ["192.0.2.1", 80] }],
  [
    "IPV6_RECVERR",
    SOL_IPV6,
    IPV6_RECVERR,
    bytes(ERROR, INET6),
    { ...story, offender: ["2001:db8::1", 80, 0x12345, 2] },
  ],
  // No offender, one of no family, and those that were cut short.
  ...["", "02", `0300${INET6.slice(4)}`, INET.slice(0, -2), INET6.slice(0, -2)].map(
    (rest): (typeof told)[number] => [
      "IP_RECVERR",
      SOL_IP,
      IP_RECVERR,
      bytes(ERROR, rest),
      { ...story, offender: null },
    ],
  ),
  [
    "PACKET_AUXDATA",
    SOL_PACKET,
    PACKET_AUXDATA,
    bytes(AUXDATA),
    { status: 0x80000001, len: 2, snaplen: 3, mac: 4, net: 5, vlanTci: 6, vlanTpid: 7 },
  ],
  ["ALG_SET_IV", SOL_ALG, ALG_SET_IV, bytes("02000000", "0708", "0000"), bytes("0708")],
];

test("what the kernel says is what its structs say", () => {
  for (const [name, level, type, data, value] of told) {
    const expected = name === null ? { name, level, type, data } : { name, level, type, value };
    assert.deepEqual(decodeControl([level, type, data]), expected);
  }
});

test("a message cut short, or one that nobody knows, keeps its bytes and has no name", () => {
  const short: AncillaryMessage = [SOL_IP, IP_TTL, Buffer.from([1, 2])];
  const strange: AncillaryMessage = [12345, -1, Buffer.from("x")];
  for (const message of [short, strange]) {
    const [level, type, data] = message;
    assert.deepEqual(decodeControl(message), { name: null, level, type, data });
  }
  assert.equal(findControl([short], "IP_TTL"), undefined);
});

test("of an array of descriptors that loses some while it is read, those that are left are passed", () => {
  const fds = [7, 8];
  Object.defineProperty(fds, 0, {
    configurable: true,
    get() {
      fds.length = 1;
      return 7;
    },
  });
  assert.deepEqual(findControl([encodeControl("SCM_RIGHTS", fds)], "SCM_RIGHTS"), [7]);
});

test("of SCM_RIGHTS cut short the whole descriptors are there", () => {
  const data = Buffer.from([7, 0, 0, 0, 8, 0]);
  assert.deepEqual(findControl([[SOL_SOCKET, SCM_RIGHTS, data]], "SCM_RIGHTS"), [7]);
});

test("no data, however hostile, makes a decoder throw", () => {
  const names = ["SOL_SOCKET", "SOL_IP", "SOL_IPV6", "SOL_UDP", "SOL_PACKET", "SOL_ALG"] as const;
  const levels: Record<(typeof names)[number], number> = {
    SOL_SOCKET: 1,
    SOL_IP: 0,
    SOL_IPV6: 41,
    SOL_UDP: 17,
    SOL_PACKET: 263,
    SOL_ALG: 279,
  };
  const level = fc.constantFrom(...Object.values(levels));
  fc.assert(
    fc.property(level, fc.nat(110), fc.uint8Array({ maxLength: 64 }), (at, type, bytes) => {
      const message: ControlMessage = decodeControl([at, type, Buffer.from(bytes)]);
      assert.equal(message.level, at);
    }),
    { numRuns: 5000 },
  );
});

test("a value that does not fit is refused by name", () => {
  assert.throws(() => encodeControl("IP_TOS", 256), /encodeControl: IP_TOS .* got 256/);
  assert.throws(() => encodeControl("UDP_SEGMENT", -1), /encodeControl: UDP_SEGMENT .* got -1/);
  assert.throws(() => encodeControl("UDP_SEGMENT", 65536), /encodeControl: UDP_SEGMENT .* 65535/);
  for (const time of [-1n, 2n ** 64n]) {
    assert.throws(
      () => encodeControl("SCM_TXTIME", time),
      /^RangeError: encodeControl: SCM_TXTIME/,
    );
  }
  assert.throws(() => encodeControl("SCM_RIGHTS", [-1]), RangeError);
  assert.throws(() => encodeControl("SCM_RIGHTS", 5 as never), /^TypeError: .* got 5/);
  assert.throws(() => encodeControl("IP_PKTINFO", { specDst: "localhost" }), RangeError);
  assert.throws(() => encodeControl("IP_PKTINFO", { specDst: "127.0.0.1\0x" }), TypeError);
  assert.throws(() => encodeControl("IPV6_PKTINFO", { addr: "::1\0" }), TypeError);
  // @ts-expect-error: that is what is tested
  const slip = () => encodeControl("IP_PKTINFO", { specDest: "1.2.3.4" });
  assert.throws(slip, /^TypeError: encodeControl: IP_PKTINFO must be an object of ifindex, spec/);
  assert.throws(() => encodeControl("IPV6_PKTINFO", "::1" as never), /^TypeError: .* got '::1'/);
  assert.throws(
    () => encodeControl("SCM_TXTIME", 5 as never),
    /encodeControl: SCM_TXTIME .* bigint/,
  );
  for (const none of [undefined, null] as never[]) {
    assert.throws(
      () => encodeControl("SCM_RIGHTS", none),
      /^TypeError: .* SCM_RIGHTS must be a value/,
    );
  }
  // @ts-expect-error: that is what is tested
  assert.throws(() => encodeControl("toString", 1), TypeError);
  for (const name of [["IP_TTL"], Object.create(null)]) {
    assert.throws(
      () => encodeControl(name as never, 1 as never),
      /^TypeError: encodeControl: name must be/,
    );
  }
  // @ts-expect-error: the kernel sends it, and takes none
  assert.throws(() => encodeControl("IP_RECVERR", {}), TypeError);
  // These the kernel alone says.
  for (const name of ["NETLINK_PKTINFO", "SCM_PIDFD", "SO_RXQ_OVFL", "TCP_INQ", "UDP_GRO"]) {
    assert.throws(() => encodeControl(name as "SO_MARK", 3), /can be sent/);
  }
});

test("what is no control message, and a name that is none, are refused by name", () => {
  const message =
    /^TypeError: decodeControl: a control message must be \[level, type, data\], got 5/;
  assert.throws(() => decodeControl(5 as never), message);
  assert.throws(() => decodeControl([0, 2, 3] as never), /decodeControl: control data .* got 3/);
  const short = [[SOL_IP, IP_TTL]] as never;
  assert.throws(() => findControl(short, "IP_TTL"), /findControl: a control message must be/);
  assert.throws(() => findControl({} as never, "IP_TTL"), /findControl: ancdata must be an array/);
  for (const name of [undefined, "IP_TTK", "toString", ["IP_TTL"], Object.create(null)]) {
    const find = () => findControl([[99, 99, Buffer.alloc(4)]], name as never);
    assert.throws(
      find,
      /^TypeError: findControl: name must be a control message in the table, got/,
    );
  }
});

test("what is found is the first of that name", () => {
  const [tos, ...ttls] = [
    encodeControl("IP_TOS", 1),
    encodeControl("IP_TTL", 2),
    encodeControl("IP_TTL", 3),
  ];
  assert.equal(findControl([tos, ...ttls], "IP_TTL"), 2);
});

test("the data may be bytes of any view", () => {
  const bytes = new Uint8Array([0, 0, 3, 0, 0, 0]).subarray(2);
  const [level, type] = [SOL_IP, IP_TTL];
  for (const data of [bytes, new DataView(bytes.buffer, 2)]) {
    assert.deepEqual(decodeControl([level, type, data]), { name: "IP_TTL", level, type, value: 3 });
    assert.equal(findControl([[level, type, data]], "IP_TTL"), 3);
  }
});

test("a message's name tells TypeScript its value", () => {
  const message = decodeControl(encodeControl("IP_TTL", 9));
  assert.equal(message.name === "IP_TTL" ? message.value + 1 : 0, 10);
});
