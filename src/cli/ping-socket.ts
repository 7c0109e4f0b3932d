import {
  AF_INET,
  AF_INET6,
  findControl,
  ICMP_FILTER,
  IP_RECVERR,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_UNICAST_HOPS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_RAW,
  SocketError,
  socket,
} from "berkeley";
import { failing } from "./failure.js";
import {
  DEST_UNREACH,
  echoTypes,
  type InternetFamily,
  type InternetSocket,
  readEcho,
  TIME_EXCEEDED,
  withoutHeader,
} from "./icmp.js";

/** The largest IP packet. */
const PACKET_BYTES = 65_535;
/** For a hop limit and an error with its address, several times over. */
const CONTROL_BYTES = 512;

/** Without a privilege where the system allows it (net.ipv4.ping_group_range), else raw. */
export function openIcmp(family: InternetFamily): InternetSocket {
  const proto = family === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  try {
    return socket(family, SOCK_DGRAM, proto);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
  }
  try {
    return socket(family, SOCK_RAW, proto);
  } catch (error) {
    throw failing("cannot ping", error);
  }
}

/** Tells hop limits and errors, and only takes what a ping has to know. */
export function prepareIcmp(sock: InternetSocket, ttl: number | undefined): void {
  if (sock.family === AF_INET6) {
    sock.setsockopt(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    sock.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1);
    if (ttl !== undefined) sock.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
    return;
  }
  sock.setsockopt(IPPROTO_IP, IP_RECVTTL, 1);
  sock.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
  if (ttl !== undefined) sock.setsockopt(IPPROTO_IP, IP_TTL, ttl);
  if (sock.type === SOCK_RAW) {
    // A bit a type that is left out: whatever the machine receives comes to a raw socket.
    const wanted = [echoTypes(AF_INET).reply, DEST_UNREACH, TIME_EXCEEDED];
    const filter = Buffer.alloc(4);
    filter.writeUInt32LE(wanted.reduce((mask, type) => mask & ~(1 << type), ~0) >>> 0);
    sock.setsockopt(SOL_RAW, ICMP_FILTER, filter);
  }
}

export interface Reply {
  readonly seq: number;
  readonly bytes: number;
  readonly ttl: number | undefined;
}

/** The next answer to a request of ours. */
export async function receiveReply(
  sock: InternetSocket,
  id: number,
  signal: AbortSignal,
): Promise<Reply> {
  const { reply } = echoTypes(sock.family as InternetFamily);
  for (;;) {
    const [data, ancdata] = await sock.recvmsg(PACKET_BYTES, CONTROL_BYTES, { signal });
    const isRaw = sock.type === SOCK_RAW;
    const message = isRaw && sock.family === AF_INET ? withoutHeader(data) : data;
    const echo = readEcho(message);
    // The kernel has an identifier of its own for a datagram socket, and only gives what is for it.
    if (echo === null || echo.type !== reply || (isRaw && echo.id !== id)) continue;
    const ttl = findControl(ancdata, "IP_TTL") ?? findControl(ancdata, "IPV6_HOPLIMIT");
    return { seq: echo.seq, bytes: message.length, ttl };
  }
}
