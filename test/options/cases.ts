/** What each option is set to in the tests, and what it reads back as. */
import {
  AF_INET,
  CAN_EFF_FLAG,
  CAN_RTR_FLAG,
  CAN_SFF_MASK,
  constants,
  type OptionRow,
  PACKET_FANOUT_FLAG_DEFRAG,
  PACKET_FANOUT_HASH,
} from "berkeley";

/** A value; `reads` if another comes back, or `anyOf` several; `fails` with one of these codes,
 *  or `mayFail`. Any of them has its reason. */
export interface Case {
  readonly value: unknown;
  readonly reads?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly fails?: readonly string[];
  readonly mayFail?: readonly string[];
  readonly why?: string;
}

const values = (...all: unknown[]): Case[] => all.map((value) => ({ value }));

/** The interface of every network namespace, whose index is 1. */
const loopback: Case[] = [{ value: "lo", reads: 1 }, { value: 1 }, { value: 0 }];
const doubled = "Linux doubles it, for its own bookkeeping";
const { SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RX_SOFTWARE, UDP_ENCAP_L2TPINUDP } = constants;
const flags = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
const fanout = (flags << 16) | (process.pid & 0xffff);
const FIRST_MEMBERSHIP = { group: "239.1.2.3", local: "127.0.0.1" };

const ofName: Record<string, readonly Case[]> = {
  SO_ATTACH_BPF: [{ value: 1 << 20, fails: ["EBADF"], why: "no such descriptor" }],
  SO_ATTACH_REUSEPORT_EBPF: [{ value: 1 << 20, fails: ["EBADF"], why: "no such descriptor" }],
  SO_BINDTODEVICE: values("lo", ""),
  SO_BINDTOIFINDEX: loopback,
  SO_DETACH_BPF: [{ value: undefined, fails: ["ENOENT"], why: "there is none" }],
  SO_DETACH_FILTER: [{ value: undefined, fails: ["ENOENT"], why: "there is none" }],
  SO_DETACH_REUSEPORT_BPF: [
    { value: undefined, fails: ["EINVAL", "ENOENT"], why: "no group, so no program" },
  ],
  SO_INCOMING_CPU: values(1, 0),
  SO_LINGER: [
    { value: { onoff: true, seconds: 100_000 } },
    { value: { onoff: true, seconds: 7 } },
    {
      value: { onoff: false, seconds: 0 },
      reads: { onoff: false, seconds: 7 },
      why: "switched off, it remembers",
    },
  ],
  SO_LOCK_FILTER: [...values(true), { value: false, fails: ["EPERM"], why: "locked for good" }],
  SO_MAX_PACING_RATE: values(1000, 2 ** 40, Number.POSITIVE_INFINITY),
  SO_PEEK_OFF: values(2, -1),
  SO_RCVBUF: [{ value: 5000, reads: 10_000, why: doubled }],
  SO_RCVTIMEO: values(2, 0.5, 0),
  SO_RESERVE_MEM: [{ value: 4096, mayFail: ["ENOTSUP"], why: "needs a memory cgroup" }],
  SO_SNDBUF: [{ value: 5000, reads: 10_000, why: doubled }],
  SO_SNDTIMEO: values(2, 0.5, 0),
  SO_TIMESTAMPING: values(SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE),
  SO_TXREHASH: values(0, 1),
  SO_TXTIME: values({ clockid: 1, flags: 2 }),
  IP_ADD_MEMBERSHIP: [{ value: FIRST_MEMBERSHIP }],
  IP_ADD_SOURCE_MEMBERSHIP: values({ ...FIRST_MEMBERSHIP, source: "192.0.2.1" }),
  IP_BLOCK_SOURCE: [
    {
      value: { ...FIRST_MEMBERSHIP, source: "192.0.2.1" },
      fails: ["EINVAL", "EADDRNOTAVAIL"],
      why: "it has not joined the group",
    },
  ],
  IP_DROP_MEMBERSHIP: [{ value: FIRST_MEMBERSHIP, fails: ["EADDRNOTAVAIL"], why: "not joined" }],
  IP_DROP_SOURCE_MEMBERSHIP: [
    {
      value: { ...FIRST_MEMBERSHIP, source: "192.0.2.1" },
      fails: ["EADDRNOTAVAIL", "EINVAL"],
      why: "it has not joined the group",
    },
  ],
  IP_UNBLOCK_SOURCE: [
    {
      value: { ...FIRST_MEMBERSHIP, source: "192.0.2.1" },
      fails: ["EADDRNOTAVAIL", "EINVAL"],
      why: "it has not joined the group",
    },
  ],
  IP_LOCAL_PORT_RANGE: values([40_000, 50_000], [0, 0]),
  IP_MULTICAST_IF: [
    { value: { local: "127.0.0.1" }, reads: "127.0.0.1" },
    { value: { interface: "lo" }, reads: "0.0.0.0", why: "an index is not read back" },
  ],
  IP_OPTIONS: values(Buffer.from([1, 1, 1, 0])),
  IP_UNICAST_IF: loopback,
  IPV6_ADDRFORM: [{ value: AF_INET, fails: ["ENOTCONN"], why: "only of connected sockets" }],
  IPV6_ADDR_PREFERENCES: [
    { value: 2, reads: 0x402, why: "what is left open reads as the care-of address" },
  ],
  IPV6_CHECKSUM: values(2, -1),
  IPV6_JOIN_ANYCAST: [
    {
      value: { group: "2001:db8::", interface: "lo" },
      fails: ["EADDRNOTAVAIL"],
      why: "the interface has no address of that prefix",
    },
  ],
  IPV6_ROUTER_ALERT: values(2, -1),
  IPV6_LEAVE_ANYCAST: [
    {
      value: { group: "2001:db8::", interface: "lo" },
      fails: ["ENOENT"],
      why: "it has not joined",
    },
  ],
  IPV6_JOIN_GROUP: values({ group: "ff12::1", interface: "lo" }),
  IPV6_LEAVE_GROUP: [
    {
      value: { group: "ff12::1", interface: "lo" },
      fails: ["EADDRNOTAVAIL"],
      why: "it has not joined",
    },
  ],
  IPV6_MTU: [{ value: 1400, reads: 65_536, why: "what is read is the path's, here loopback's" }],
  IPV6_MULTICAST_IF: loopback,
  IPV6_TCLASS: [{ value: 2 }, { value: -1, reads: 0, why: "the default" }],
  IPV6_UNICAST_IF: loopback,
  TCP_CONGESTION: values("reno"),
  TCP_DEFER_ACCEPT: [
    { value: 1 },
    { value: 100, reads: 127, why: "1 + 2 + 4 + … + 64 s: whole retries" },
  ],
  TCP_FASTOPEN_KEY: values(Buffer.from("0123456789abcdef")),
  TCP_LINGER2: values(2, -1),
  TCP_MAXSEG: [
    { value: 1000, anyOf: [1000, 536], why: "before Linux 6.17 the default is read, not this" },
  ],
  TCP_TIMESTAMP: [{ value: 1, fails: ["EPERM"], why: "TCP_REPAIR is off" }],
  TCP_ULP: [{ value: "tls", fails: ["ENOENT", "ENOTCONN"], why: "it is not connected" }],
  TCP_WINDOW_CLAMP: values(50_000),
  UDP_ENCAP: values(UDP_ENCAP_L2TPINUDP, 0),
  UDPLITE_RECV_CSCOV: [{ value: 20 }, { value: 1, reads: 8, why: "no less than the header" }],
  UDPLITE_SEND_CSCOV: [{ value: 20 }, { value: 1, reads: 8, why: "no less than the header" }],
  ICMPV6_FILTER: values(Buffer.alloc(32, 0xa5)),
  PACKET_ADD_MEMBERSHIP: values({ interface: "lo", type: constants.PACKET_MR_PROMISC }),
  PACKET_DROP_MEMBERSHIP: [
    {
      value: { interface: "lo", type: constants.PACKET_MR_PROMISC },
      mayFail: ["EADDRNOTAVAIL"],
      why: "Linux says nothing of a membership that is not there",
    },
  ],
  PACKET_FANOUT: [{ value: fanout, reads: fanout >>> 0, why: "the same bits, without a sign" }],
  CAN_RAW_FILTER: values([
    { id: 0x123, mask: 0x7ff },
    { id: 0x80000001, mask: 0xffffffff },
  ]).concat({
    value: [{ id: 1 | CAN_EFF_FLAG, mask: CAN_EFF_FLAG | CAN_RTR_FLAG | CAN_SFF_MASK }],
    reads: [{ id: 0x80000001, mask: 0xc00007ff }],
    why: "the same bits, without a sign",
  }),
  TIPC_CONN_TIMEOUT: values(500),
  TIPC_GROUP_LEAVE: [{ value: undefined, fails: ["EINVAL"], why: "it has not joined one" }],
};

/** Those have tests of their own, in filter.test.ts and multicast.test.ts. */
export const elsewhere: ReadonlySet<string> = new Set([
  "SO_ATTACH_FILTER",
  "SO_ATTACH_REUSEPORT_CBPF",
  "PACKET_FANOUT_DATA",
]);

const ofKind: Record<string, readonly Case[]> = {
  bool: values(true, false),
  int: values(2, 1),
  uint: values(2, 1),
  bits: [{ value: ~2, reads: 0xfffffffd, why: "the same bits, without a sign" }],
  byte: values(2, 16),
  uint64: values(5000),
  timeval: values(2, 0.5),
  action: values(undefined),
  bareAction: values(undefined),
};

export function casesOf(row: OptionRow): readonly Case[] {
  const found = ofName[row.name] ?? ofKind[row.kind];
  if (found === undefined) throw new Error(`${row.name} of kind ${row.kind} has no case`);
  return found;
}
