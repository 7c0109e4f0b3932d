/** What recvmmsg gives of each datagram, and what sendmmsg takes. The names are those that quinn-udp
 * has for them (RecvMeta, Transmit). */
import { decodeAddress } from "../address/index.js";
import { SOCKADDR_IN, SOCKADDR_IN6 } from "../address/inet.js";
import type { AddressInput, AddressOf, Family } from "../address/types.js";
import type { Data } from "../check.js";
import {
  AF_INET,
  AF_INET6,
  IP_PKTINFO,
  IP_TOS,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  SCM_TIMESTAMP,
  SCM_TIMESTAMPNS,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
} from "../constants.generated.js";
import { nanoseconds, TIME_BYTES } from "../control/codecs.js";
import {
  type AncillaryInput,
  type AncillaryMessage,
  copyData,
  walkControl,
} from "../control/wire.js";
import {
  DATAGRAM_ADDRESS,
  DATAGRAM_ADDRESS_LENGTH,
  DATAGRAM_INTS,
  datagramAddresses,
  datagrams,
  native,
} from "../native.js";

/** A datagram that was received. A field is `null` if the kernel did not report it: most have to be
 *  asked for with a socket option. */
export interface ReceivedDatagram<
  F extends Family = Family,
  Memory extends ArrayBufferLike = ArrayBufferLike,
> {
  /** With `UDP_GRO`, possibly several datagrams of `stride` bytes each; the last may be shorter. */
  data: Buffer<Memory>;
  /** Who sent it. */
  addr: AddressOf<F> | null;
  /** `MSG_TRUNC`, `MSG_CTRUNC`, … */
  msgFlags: number;
  /** The length of each datagram in `data`, in bytes: that of `data`, unless `UDP_GRO` put several together. */
  stride: number;
  /** The bits of explicit congestion notification, 0 to 3 (`IP_RECVTOS`, `IPV6_RECVTCLASS`). */
  ecn: number | null;
  /** The address that it was sent to (`IP_PKTINFO`, `IPV6_RECVPKTINFO`). */
  dstIp: string | null;
  /** The interface that it arrived on (the same options). */
  interfaceIndex: number | null;
  /** When the kernel saw it: nanoseconds since 1970 (`SO_TIMESTAMPNS`, or `SO_TIMESTAMP`). */
  timestamp: bigint | null;
  /** All other control messages; the receiver has to close descriptors in them. */
  ancdata: readonly AncillaryMessage[];
}

/** The `ancdata` of every datagram that has none. */
export const NO_ANCDATA: readonly AncillaryMessage[] = Object.freeze([]);

/** A datagram to send. */
export interface Transmit<F extends Family = Family> {
  contents: Data;
  /** A numeric address, since no look-up is made; by default, the socket's own peer. */
  destination?: AddressInput<F> | undefined;
  /** The bits of explicit congestion notification, 0 to 3. The rest of the byte, which `IP_TOS` or `IPV6_TCLASS` may have
   *  set for the socket, is then 0; to set the whole byte, send one of these in `ancdata`. */
  ecn?: number | undefined;
  /** `UDP_SEGMENT`: the kernel or the network card cuts `contents` into datagrams of this many bytes,
   *  at most 64 of them. If all are alike, the socket option of that name costs less. */
  segmentSize?: number | undefined;
  /** The address to send from. */
  srcIp?: string | undefined;
  ancdata?: readonly AncillaryInput[] | undefined;
}

const ECN_MASK = 3;

/** The last address, as words and decoded: mostly many datagrams come from one peer in succession. */
const lastInet = { familyAndPort: -1, bits: -1, host: "", port: 0 };
const lastInet6 = { words: new Int32Array(SOCKADDR_IN6 / 4), address: ["", 0, 0, 0] as Inet6 };

type Inet6 = AddressOf<typeof AF_INET6>;

function inetAt(row: number): AddressOf<typeof AF_INET> {
  const start = row * DATAGRAM_INTS + DATAGRAM_ADDRESS;
  const familyAndPort = datagrams[start] as number;
  const bits = datagrams[start + 1] as number;
  if (familyAndPort !== lastInet.familyAndPort || bits !== lastInet.bits) {
    const bytes = datagramAddresses[row] as Buffer;
    const [host, port] = decodeAddress(bytes, SOCKADDR_IN, 0) as AddressOf<typeof AF_INET>;
    Object.assign(lastInet, { familyAndPort, bits, host, port });
  }
  return [lastInet.host, lastInet.port];
}

function inet6At(row: number): Inet6 {
  const start = row * DATAGRAM_INTS + DATAGRAM_ADDRESS;
  const { words } = lastInet6;
  let isLast = true;
  for (let i = 0; i < words.length; i++) {
    const word = datagrams[start + i] as number;
    if (words[i] === word) continue;
    words[i] = word;
    isLast = false;
  }
  if (!isLast) {
    lastInet6.address = decodeAddress(datagramAddresses[row] as Buffer, SOCKADDR_IN6, 0) as Inet6;
  }
  const [host, port, flowinfo, scopeId] = lastInet6.address;
  return [host, port, flowinfo, scopeId];
}

/** The sender's address in a row of `datagrams`. */
export function addressOf(row: number, family: number, proto: number): unknown {
  const length = datagrams[row * DATAGRAM_INTS + DATAGRAM_ADDRESS_LENGTH] as number;
  if (family === AF_INET && length === SOCKADDR_IN) return inetAt(row);
  if (family === AF_INET6 && length === SOCKADDR_IN6) return inet6At(row);
  const bytes = datagramAddresses[row] as Buffer;
  return decodeAddress(bytes, Math.min(length, bytes.length), proto);
}

/** The text of IP addresses, of which the last one is kept. */
class LastText {
  readonly #words: Int32Array;
  #text = "";

  constructor(
    readonly family: number,
    readonly size: number,
  ) {
    this.#words = new Int32Array(size / 4);
  }

  at(bytes: Buffer, from: number): string {
    let same = this.#text !== "";
    for (let i = 0; i < this.size / 4; i++) {
      const word = bytes.readInt32LE(from + i * 4);
      if (this.#words[i] !== word) {
        this.#words[i] = word;
        same = false;
      }
    }
    if (!same) {
      this.#text = native.inetNtop(this.family, bytes.subarray(from, from + this.size)) as string;
    }
    return this.#text;
  }
}

const inetText = new LastText(AF_INET, 4);
const inet6Text = new LastText(AF_INET6, 16);

const PKTINFO_BYTES = 12;
const PKTINFO_ADDR = 8;
const PKTINFO6_BYTES = 20;
const PKTINFO6_IFINDEX = 16;
const INT_BYTES = 4;

/** Where `take` puts what it reads. */
let target: ReceivedDatagram;

/** Reads one control message in place, so that no bytes are copied for the fields that everybody asks for.
 * (`decodeControl` reads the same layouts from separate messages.) */
function take(bytes: Buffer, level: number, type: number, from: number, to: number): void {
  const size = to - from;
  if (level === SOL_IP && type === IP_TOS && size > 0) {
    target.ecn = bytes.readUInt8(from) & ECN_MASK;
  } else if (level === SOL_IP && type === IP_PKTINFO && size >= PKTINFO_BYTES) {
    target.interfaceIndex = bytes.readInt32LE(from);
    target.dstIp = inetText.at(bytes, from + PKTINFO_ADDR);
  } else if (level === SOL_IPV6 && type === IPV6_TCLASS && size >= INT_BYTES) {
    target.ecn = bytes.readInt32LE(from) & ECN_MASK;
  } else if (level === SOL_IPV6 && type === IPV6_PKTINFO && size >= PKTINFO6_BYTES) {
    target.dstIp = inet6Text.at(bytes, from);
    target.interfaceIndex = bytes.readInt32LE(from + PKTINFO6_IFINDEX);
  } else if (level === SOL_UDP && type === UDP_GRO && size >= INT_BYTES) {
    target.stride = bytes.readInt32LE(from);
  } else if (level === SOL_SOCKET && type === SCM_TIMESTAMPNS && size >= TIME_BYTES) {
    target.timestamp = nanoseconds(bytes, from, 1n);
  } else if (level === SOL_SOCKET && type === SCM_TIMESTAMP && size >= TIME_BYTES) {
    target.timestamp = nanoseconds(bytes, from, 1000n);
  } else {
    const message: AncillaryMessage = [level, type, copyData(bytes, from, to)];
    target.ancdata = [...target.ancdata, message];
  }
}

/** Reads the control messages from `start` to `end` into the fields of `datagram`. */
export function readMeta(
  datagram: ReceivedDatagram,
  control: Buffer,
  start: number,
  end: number,
): void {
  target = datagram;
  walkControl(control, start, end, take);
}
