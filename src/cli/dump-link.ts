import {
  AF_PACKET,
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  ARPHRD_NONE,
  ARPHRD_RAWIP,
  ARPHRD_SIT,
  ARPHRD_TUNNEL,
  ETH_P_ALL,
  findControl,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
  type Socket,
  type SockFilter,
  setOption,
  socket,
} from "berkeley";
import { SNAP_BYTES } from "./bpf.js";
import { failing } from "./failure.js";

const CONTROL_BYTES = 256;
/** Room for what comes while we write: packets that do not fit are lost. */
const RCVBUF_BYTES = 4 * 1024 * 1024;

/** linux/if_packet.h. */
const PACKET_OUTGOING = 4;

export interface Packet {
  readonly ns: bigint;
  readonly ifname: string;
  readonly ethertype: number;
  readonly pkttype: number;
  readonly hatype: number;
  readonly sender: Buffer;
  /** With the header of its link, where its kind of link has it. */
  readonly bytes: Buffer;
}

/** How the packets of a link are taken: with its header, or without (SOCK_DGRAM), as the kernel
 *  then takes off headers that we know nothing of. */
export interface LinkKind {
  /** The number that pcap files have for it. */
  readonly linkType: number;
  readonly headerBytes: number;
  /** What a pcap file has for a packet. */
  readonly record: (packet: Packet) => Buffer;
}

/** Two addresses, and the type. Loopback has such a header, too, all zeros. */
const ETHERNET: LinkKind = { linkType: 1, headerBytes: 14, record: ({ bytes }) => bytes };
/** LINKTYPE_RAW: IP and nothing before it. */
const IP_ALONE: LinkKind = { linkType: 101, headerBytes: 0, record: ({ bytes }) => bytes };
/** LINKTYPE_LINUX_SLL: what the kernel tells of a packet in the place of its link's header, in a form
 *  that is the same for all links. */
const COOKED: LinkKind = { linkType: 113, headerBytes: 0, record: cooked };

function cooked({ pkttype, hatype, sender, ethertype, bytes }: Packet): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(pkttype, 0);
  header.writeUInt16BE(hatype, 2);
  header.writeUInt16BE(sender.length, 4);
  sender.copy(header, 6, 0, 8);
  header.writeUInt16BE(ethertype, 14);
  return Buffer.concat([header, bytes]);
}

/** Of a link's type as linux/if_arp.h has it; every other is cooked, as libpcap does. */
const KINDS: ReadonlyMap<number, LinkKind> = new Map([
  [ARPHRD_ETHER, ETHERNET],
  [ARPHRD_LOOPBACK, ETHERNET],
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

/** Packets of one interface, or of all if it is undefined. */
export class Capture {
  readonly kind: LinkKind;
  readonly #sock: Socket<typeof AF_PACKET>;

  /** Gets what the filter lets through, from the first packet on. */
  constructor(ifname: string | undefined, filter: SockFilter[] | null) {
    let sock: Socket<typeof AF_PACKET> | undefined;
    try {
      this.kind = ifname === undefined ? COOKED : kindOf(ifname);
      // Protocol 0 receives nothing until bind: no packet comes past the filter.
      sock = socket(AF_PACKET, this.kind === ETHERNET ? SOCK_RAW : SOCK_DGRAM, 0);
      if (filter !== null) setOption(sock, "SO_ATTACH_FILTER", filter);
      setOption(sock, "SO_RCVBUF", RCVBUF_BYTES);
      sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
      sock.bind([ifname ?? "", ETH_P_ALL]);
      this.#sock = sock;
    } catch (error) {
      sock?.close();
      throw failing(`cannot capture${ifname === undefined ? "" : ` on ${ifname}`}`, error);
    }
  }

  async *packets(signal: AbortSignal): AsyncGenerator<Packet> {
    const buffer = Buffer.alloc(SNAP_BYTES);
    for (;;) {
      const [length, ancdata, , from] = await this.#sock.recvmsgInto([buffer], CONTROL_BYTES, {
        signal,
      });
      if (from === null) continue;
      const [ifname, ethertype, pkttype, hatype, sender] = from;
      // Loopback shows each packet as it goes and as it comes.
      if (hatype === ARPHRD_LOOPBACK && pkttype === PACKET_OUTGOING) continue;
      const ns = findControl(ancdata, "SCM_TIMESTAMPNS") ?? BigInt(Date.now()) * 1_000_000n;
      const bytes = Buffer.from(buffer.subarray(0, length));
      yield { ns, ifname, ethertype, pkttype, hatype, sender, bytes };
    }
  }

  close(): void {
    this.#sock.close();
  }
}
