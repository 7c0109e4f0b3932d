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
/** How many packets one call takes at most. */
const BATCH = 64;

/** How often to see whether a link that went down is still there. */
const LOOK_SEC = 0.5;

export interface Packet {
  readonly ns: bigint;
  readonly ifname: string;
  readonly ethertype: number;
  readonly pkttype: number;
  readonly hatype: number;
  readonly sender: Buffer;
  /** With the link's header, if its kind of link has one here, but without a VLAN's tag. Valid until the
   *  next packet. */
  readonly bytes: Buffer;
  /** The VLAN's tag, which the kernel takes out of the packet: the tag's own EtherType, and its content. */
  readonly vlan: Buffer | null;
}

/** How a link's packets are captured: with the link's header, or without (SOCK_DGRAM), since the kernel
 *  then removes headers that we know nothing about. */
export interface LinkKind {
  /** Its number in pcap files. */
  readonly linkType: number;
  readonly headerBytes: number;
  /** Whether each packet is seen twice, as it leaves and as it comes: once is enough. */
  readonly isSeenTwice?: true;
  /** What is written to a pcap file for a packet. */
  readonly record: (packet: Packet) => Buffer;
}

/** The header is two addresses and the EtherType. Loopback has one, too, whose addresses are all zeros. */
const ETHERNET: LinkKind = { linkType: 1, headerBytes: 14, record: ethernet };
const LOOPBACK: LinkKind = { ...ETHERNET, isSeenTwice: true };
/** LINKTYPE_RAW: IP and nothing before it. */
const IP_ALONE: LinkKind = { linkType: 101, headerBytes: 0, record: ({ bytes }) => bytes };
/** LINKTYPE_LINUX_SLL: in place of the link's header, what the kernel says about a packet, in a form that
 *  is the same for all links. */
const COOKED: LinkKind = { linkType: 113, headerBytes: 0, record: cooked };

/** Puts the tag where it belongs: before the EtherType, which is at `at`. */
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

/** By the link's type in linux/if_arp.h. Links of all other types are cooked, as in libpcap. */
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
  // Beyond the system's limit (net.core.rmem_max), for a user who may exceed it.
  if (!takes(() => setOption(sock, "SO_RCVBUFFORCE", RCVBUF_BYTES))) {
    setOption(sock, "SO_RCVBUF", RCVBUF_BYTES);
  }
  sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  setOption(sock, "PACKET_AUXDATA", true);
  // Before Linux 4.20, `packets` skips outgoing ones as they come.
  if (kind.isSeenTwice) takes(() => setOption(sock, "PACKET_IGNORE_OUTGOING", true));
}

/** Promiscuous mode, until the socket is closed. Some interfaces refuse it: we then get what they give. */
function listenToAll(sock: Socket<typeof AF_PACKET>, ifname: string): void {
  const membership = { interface: ifname, type: PACKET_MR_PROMISC };
  takes(() => setOption(sock, "PACKET_ADD_MEMBERSHIP", membership));
}

/** Packets of one interface, or of all if it is undefined. */
export class Capture {
  readonly kind: LinkKind;
  readonly #sock: Socket<typeof AF_PACKET>;

  /** Gets what the filter lets through, from the first packet on. `isPromiscuous`: from a single interface
   *  also packets for other hosts, such as those that a bridge forwards. */
  constructor(ifname: string | undefined, filter: SockFilter[], isPromiscuous: boolean) {
    let sock: Socket<typeof AF_PACKET> | undefined;
    try {
      this.kind = ifname === undefined ? COOKED : kindOf(ifname);
      // Protocol 0 receives nothing before bind, so no packet gets past the filter.
      sock = socket(AF_PACKET, this.kind.headerBytes > 0 ? SOCK_RAW : SOCK_DGRAM, 0);
      setOption(sock, "SO_ATTACH_FILTER", filter);
      prepare(sock, this.kind);
      if (ifname !== undefined && isPromiscuous) listenToAll(sock, ifname);
      sock.bind([ifname ?? "", ETH_P_ALL]);
      // ENETDOWN, of which bind says nothing.
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

  /** The packets that are there. A link that goes down may come up again; the kernel then continues by
   *  itself. */
  async #batch(memory: Buffer, signal: AbortSignal) {
    for (;;) {
      try {
        return await this.#sock.recvmmsgInto(memory, SNAP_BYTES, CONTROL_BYTES, { signal });
      } catch (error) {
        if (error instanceof TimeoutError) {
          const [ifname] = this.#sock.getsockname();
          if (ifname === "") throw new Failure("the capture ended: the interface is gone");
        } else if (error instanceof SocketError && error.code === "ENETDOWN") {
          // Packets that wait come first. The timeout is there because the kernel does not report when a
          // link that is down is removed.
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
        // Also for all interfaces together: the kernel's option would apply to every one of them.
        if (hatype === ARPHRD_LOOPBACK && pkttype === PACKET_OUTGOING) continue;
        const ns = timestamp ?? BigInt(Date.now()) * 1_000_000n;
        const auxdata = findControl(ancdata, "PACKET_AUXDATA");
        const vlan = auxdata === undefined ? null : vlanTag(auxdata);
        yield { ns, ifname, ethertype, pkttype, hatype, sender, bytes: data, vlan };
      }
    }
  }

  /** How many packets the filter has let through since the last call, and for how many of them there was
   *  no room. */
  statistics(): { packets: number; drops: number } {
    return getOption(this.#sock, "PACKET_STATISTICS");
  }

  close(): void {
    this.#sock.close();
  }
}
