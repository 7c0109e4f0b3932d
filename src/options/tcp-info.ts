/** struct tcp_info, in the order of linux/tcp.h. The kernel only ever adds to its end, and gives
 * as much as fits: an older one less than this, a newer one more. */
import { numberOf, type Reader } from "./codec.js";

type Width = 1 | 2 | 4 | 8;
type Field = readonly [name: string, bytes: Width];

/** What Linux 4.10 and everything since has. */
const ALWAYS = [
  ["state", 1],
  ["caState", 1],
  ["retransmits", 1],
  ["probes", 1],
  ["backoff", 1],
  ["options", 1],
  ["wscale", 1],
  ["flags", 1],
  ["rto", 4],
  ["ato", 4],
  ["sndMss", 4],
  ["rcvMss", 4],
  ["unacked", 4],
  ["sacked", 4],
  ["lost", 4],
  ["retrans", 4],
  ["fackets", 4],
  ["lastDataSent", 4],
  ["lastAckSent", 4],
  ["lastDataRecv", 4],
  ["lastAckRecv", 4],
  ["pmtu", 4],
  ["rcvSsthresh", 4],
  ["rtt", 4],
  ["rttvar", 4],
  ["sndSsthresh", 4],
  ["sndCwnd", 4],
  ["advmss", 4],
  ["reordering", 4],
  ["rcvRtt", 4],
  ["rcvSpace", 4],
  ["totalRetrans", 4],
  ["pacingRate", 8],
  ["maxPacingRate", 8],
  ["bytesAcked", 8],
  ["bytesReceived", 8],
  ["segsOut", 4],
  ["segsIn", 4],
  ["notsentBytes", 4],
  ["minRtt", 4],
  ["dataSegsIn", 4],
  ["dataSegsOut", 4],
  ["deliveryRate", 8],
  ["busyTime", 8],
  ["rwndLimited", 8],
  ["sndbufLimited", 8],
] as const satisfies readonly Field[];

/** What came later: 4.18, 4.19, 5.4, 6.2 and 6.7. */
const NEWER = [
  ["delivered", 4],
  ["deliveredCe", 4],
  ["bytesSent", 8],
  ["bytesRetrans", 8],
  ["dsackDups", 4],
  ["reordSeen", 4],
  ["rcvOoopack", 4],
  ["sndWnd", 4],
  ["rcvWnd", 4],
  ["rehash", 4],
  ["totalRto", 2],
  ["totalRtoRecoveries", 2],
  ["totalRtoTime", 4],
] as const satisfies readonly Field[];

/** These two bytes hold bit-fields, whose names the result has in place of theirs. */
type Packed = "wscale" | "flags";
type Named<Fields extends readonly Field[]> = Exclude<Fields[number][0], Packed>;

/** What the kernel knows of a TCP connection, under the names of `tcpi_*`: times in microseconds, but
 *  `last*` in milliseconds; rates in bytes a second, `Infinity` for no limit. Fields that the running
 *  kernel does not have yet are left out.
 *  @interface */
export type TcpInfo = Record<Named<typeof ALWAYS>, number> &
  Partial<Record<Named<typeof NEWER>, number>> & {
    sndWscale: number;
    rcvWscale: number;
    deliveryRateAppLimited: boolean;
    fastopenClientFail: number;
  };

function read(bytes: Buffer, at: number, width: Width): number {
  return width === 8 ? numberOf(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, width);
}

/** The first bit-field of a byte is in its low bits, on x64 as on arm64. */
function unpack({ wscale = 0, flags = 0, ...rest }: Record<string, number>): TcpInfo {
  const fields = {
    ...rest,
    sndWscale: wscale & 15,
    rcvWscale: wscale >> 4,
    deliveryRateAppLimited: (flags & 1) === 1,
    fastopenClientFail: (flags >> 1) & 3,
  };
  return fields as TcpInfo;
}

export const tcpInfo: Reader<TcpInfo> = {
  size: 512,
  decode(bytes) {
    const found: Record<string, number> = {};
    let at = 0;
    for (const [name, width] of [...ALWAYS, ...NEWER]) {
      if (at + width > bytes.length) break;
      found[name] = read(bytes, at, width);
      at += width;
    }
    return unpack(found);
  },
};
