import {
  AF_PACKET,
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  ARPHRD_NONE,
  ARPHRD_RAWIP,
  ARPHRD_SIT,
  ARPHRD_TUNNEL,
  ETH_P_8021Q,
  ETH_P_ALL,
  findControl,
  getOption,
  PACKET_MR_PROMISC,
  PACKET_OUTGOING,
  type PacketAuxdata,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
  type Socket,
  SocketError,
  type SockFilter,
  setOption,
  socket,
  TimeoutError,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
} from "berkeley";
import { SNAP_BYTES } from "./bpf.js";
import { Failure, failing } from "./failure.js";
import { printable } from "./show.js";

const CONTROL_BYTES = 256;
/** Room for what comes while we write: packets that do not fit are lost. */
const RCVBUF_BYTES = 32 * 1024 * 1024;
/** The most that one call takes. */
const BATCH = 64;

/** How often a link that went down is looked for. */
const LOOK_SEC = 0.5;

export interface Packet {
  readonly ns: bigint;
  readonly ifname: string;
  readonly ethertype: number;
  readonly pkttype: number;
  readonly hatype: number;
  readonly sender: Buffer;
  /** With the header of its link, where its kind of link has it, but without a VLAN's tag. Until the next packet. */
  readonly bytes: Buffer;
  /** The tag, which the kernel takes out of the packet: its own EtherType, and what it says. */
  readonly vlan: Buffer | null;
}

/** How the packets of a link are taken: with its header, or without (SOCK_DGRAM), as the kernel
 *  then takes off headers that we know nothing of. */
export interface LinkKind {
  /** The number that pcap files have for it. */
  readonly linkType: number;
  readonly headerBytes: number;
  /** Whether each packet shows as it goes and as it comes, of which once is enough. */
  readonly isSeenTwice?: true;
  /** What a pcap file has for a packet. */
  readonly record: (packet: Packet) => Buffer;
}

/** Two addresses, and the type. Loopback has such a header, too, all zeros. */
const ETHERNET: LinkKind = { linkType: 1, headerBytes: 14, record: ethernet };
const LOOPBACK: LinkKind = { ...ETHERNET, isSeenTwice: true };
/** LINKTYPE_RAW: IP and nothing before it. */
const IP_ALONE: LinkKind = { linkType: 101, headerBytes: 0, record: ({ bytes }) => bytes };
/** LINKTYPE_LINUX_SLL: what the kernel tells of a packet in the place of its link's header, in a form
 *  that is the same for all links. */
const COOKED: LinkKind = { linkType: 113, headerBytes: 0, record: cooked };

/** With the tag where it belongs: before the EtherType, which is at `at`. */
function tagged(bytes: Buffer, at: number, vlan: Buffer | null): Buffer {
  return vlan === null ? bytes : Buffer.concat([bytes.subarray(0, at), vlan, bytes.subarray(at)]);
}

function ethernet({ bytes, vlan }: Packet): Buffer {
  return tagged(bytes, 12, vlan);
}

function cooked({ pkttype, hatype, sender, ethertype, bytes, vlan }: Packet): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(pkttype, 0);
  header.writeUInt16BE(hatype, 2);
  header.writeUInt16BE(sender.length, 4);
  sender.copy(header, 6, 0, 8);
  header.writeUInt16BE(ethertype, 14);
  return tagged(Buffer.concat([header, bytes]), 14, vlan);
}

function vlanTag({ status, vlanTpid, vlanTci }: PacketAuxdata): Buffer | null {
  if ((status & TP_STATUS_VLAN_VALID) === 0) return null;
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE((status & TP_STATUS_VLAN_TPID_VALID) === 0 ? ETH_P_8021Q : vlanTpid, 0);
  tag.writeUInt16BE(vlanTci, 2);
  return tag;
}

/** Whether the kernel takes an option. */
function takes(set: () => void): boolean {
  try {
    set();
    return true;
  } catch (error) {
    if (error instanceof SocketError) return false;
    throw error;
  }
}

/** Of a link's type as linux/if_arp.h has it; every other is cooked, as libpcap does. */
const KINDS: ReadonlyMap<number, LinkKind> = new Map([
  [ARPHRD_ETHER, ETHERNET],
  [ARPHRD_LOOPBACK, LOOPBACK],
  [ARPHRD_NONE, IP_ALONE],
  [ARPHRD_RAWIP, IP_ALONE],
  [ARPHRD_TUNNEL, IP_ALONE],
  [ARPHRD_SIT, IP_ALONE],
]);

function kindOf(ifname: string): LinkKind {
  const sock = socket(AF_PACKET, SOCK_RAW, 0);
  try {
    sock.bind([ifname, 0]);
    return KINDS.get(sock.getsockname()[3]) ?? COOKED;
  } finally {
    sock.close();
  }
}

function prepare(sock: Socket<typeof AF_PACKET>, kind: LinkKind): void {
  // Above what the system allows (net.core.rmem_max), for who may have it.
  if (!takes(() => setOption(sock, "SO_RCVBUFFORCE", RCVBUF_BYTES))) {
    setOption(sock, "SO_RCVBUF", RCVBUF_BYTES);
  }
  sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  setOption(sock, "PACKET_AUXDATA", true);
  // Before Linux 4.20 they are passed over when they come.
  if (kind.isSeenTwice) takes(() => setOption(sock, "PACKET_IGNORE_OUTGOING", true));
}

/** Until the socket is closed. Some interfaces refuse it: of those there is what they give. */
function listenToAll(sock: Socket<typeof AF_PACKET>, ifname: string): void {
  const membership = { interface: ifname, type: PACKET_MR_PROMISC };
  takes(() => setOption(sock, "PACKET_ADD_MEMBERSHIP", membership));
}

/** Packets of one interface, or of all if it is undefined. */
export class Capture {
  readonly kind: LinkKind;
  readonly #sock: Socket<typeof AF_PACKET>;

  /** Gets what the filter lets through, from the first packet on. Promiscuous: of one interface also
   *  what is for others, such as what a bridge passes on. */
  constructor(ifname: string | undefined, filter: SockFilter[], isPromiscuous: boolean) {
    let sock: Socket<typeof AF_PACKET> | undefined;
    try {
      this.kind = ifname === undefined ? COOKED : kindOf(ifname);
      // Protocol 0 receives nothing until bind: no packet comes past the filter.
      sock = socket(AF_PACKET, this.kind.headerBytes > 0 ? SOCK_RAW : SOCK_DGRAM, 0);
      setOption(sock, "SO_ATTACH_FILTER", filter);
      prepare(sock, this.kind);
      if (ifname !== undefined && isPromiscuous) listenToAll(sock, ifname);
      sock.bind([ifname ?? "", ETH_P_ALL]);
      // ENETDOWN, with which bind does not fail.
      if (getOption(sock, "SO_ERROR") !== 0) throw new Failure(`cannot capture: ${ifname} is down`);
      this.#sock = sock;
    } catch (error) {
      sock?.close();
      throw failing(
        `cannot capture${ifname === undefined ? "" : ` on ${printable(ifname)}`}`,
        error,
      );
    }
  }

  /** What there is. A link that goes down may come up again, and the kernel goes on then by itself. */
  async #batch(memory: Buffer, signal: AbortSignal) {
    for (;;) {
      try {
        return await this.#sock.recvmmsgInto(memory, SNAP_BYTES, CONTROL_BYTES, { signal });
      } catch (error) {
        if (error instanceof TimeoutError) {
          const [ifname] = this.#sock.getsockname();
          if (ifname === "") throw new Failure("the capture ended: the interface is gone");
        } else if (error instanceof SocketError && error.code === "ENETDOWN") {
          // What waits comes first; and of a link that is down the kernel does not say when it goes.
          this.#sock.settimeout(LOOK_SEC);
        } else {
          throw error;
        }
      }
    }
  }

  async *packets(signal: AbortSignal): AsyncGenerator<Packet> {
    const memory = Buffer.allocUnsafeSlow(BATCH * SNAP_BYTES);
    for (;;) {
      for (const { data, addr, timestamp, ancdata } of await this.#batch(memory, signal)) {
        if (addr === null) continue;
        const [ifname, ethertype, pkttype, hatype, sender] = addr;
        // Of every interface together, too: there is no option for some.
        if (hatype === ARPHRD_LOOPBACK && pkttype === PACKET_OUTGOING) continue;
        const ns = timestamp ?? BigInt(Date.now()) * 1_000_000n;
        const auxdata = findControl(ancdata, "PACKET_AUXDATA");
        const vlan = auxdata === undefined ? null : vlanTag(auxdata);
        yield { ns, ifname, ethertype, pkttype, hatype, sender, bytes: data, vlan };
      }
    }
  }

  /** How many packets the filter let through since it was asked for last, and for how many of them there was no room. */
  statistics(): { packets: number; drops: number } {
    return getOption(this.#sock, "PACKET_STATISTICS");
  }

  close(): void {
    this.#sock.close();
  }
}
