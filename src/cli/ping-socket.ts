import {
  AF_INET,
  AF_INET6,
  findControl,
  GaiError,
  ICMP_DEST_UNREACH,
  ICMP_FILTER,
  ICMP_TIME_EXCEEDED,
  IP_MULTICAST_TTL,
  IP_RECVERR,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_HOPS,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_UNICAST_HOPS,
  ifNameindex,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_RAW,
  SOL_SOCKET,
  SocketError,
  setOption,
  socket,
} from "berkeley";
import { type Arrival, arrival } from "./arrival.js";
import { Failure, failing } from "./failure.js";
import {
  echoTypes,
  ICMP_BYTES,
  type InternetFamily,
  type InternetSocket,
  readEcho,
  withoutHeader,
} from "./icmp.js";
import type { Host } from "./internet.js";
import { hostText, printable } from "./show.js";

/** The largest IP packet. */
const PACKET_BYTES = 65_535;
/** RFC 863; nothing is sent there. */
const DISCARD_PORT = 9;
/** Room for a time, a hop limit and an error with its address, several times over. */
const CONTROL_BYTES = 512;

/** A socket that needs no privilege, if the system allows it (net.ipv4.ping_group_range); else a raw one. */
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

/** Has the socket report times, hop limits and errors, and receive only what a ping has to know. */
export function prepareIcmp(sock: InternetSocket, ttl: number | undefined): void {
  sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (sock.family === AF_INET6) {
    sock.setsockopt(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    sock.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1);
    if (ttl !== undefined) {
      sock.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
      sock.setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl);
    }
    return;
  }
  sock.setsockopt(IPPROTO_IP, IP_RECVTTL, 1);
  sock.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
  if (ttl !== undefined) {
    sock.setsockopt(IPPROTO_IP, IP_TTL, ttl);
    sock.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, ttl);
  }
  if (sock.type === SOCK_RAW) {
    // A bit for each type to leave out: a raw socket gets all ICMP messages that the machine receives.
    const wanted = [echoTypes(AF_INET).reply, ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED];
    const filter = Buffer.alloc(4);
    filter.writeUInt32LE(wanted.reduce((mask, type) => mask & ~(1 << type), ~0) >>> 0);
    sock.setsockopt(SOL_RAW, ICMP_FILTER, filter);
  }
}

/** `where` is an interface or an address of this machine. */
function bindTo(sock: InternetSocket, where: string): void {
  if (isInterface(where)) {
    setOption(sock, "SO_BINDTODEVICE", where);
    return;
  }
  try {
    sock.bind([where, 0]);
  } catch (error) {
    if (!(error instanceof SocketError || error instanceof GaiError)) throw error;
    const family = sock.family === AF_INET ? "IPv4" : "IPv6";
    throw new Failure(
      `-I: "${printable(where)}" is neither an interface nor an ${family} address of this machine`,
    );
  }
}

export function isInterface(name: string): boolean {
  return ifNameindex().some(([, known]) => known === name);
}

/**
 * Connects to one host, so that no other host's errors reach us. A raw socket, though, would then hear only
 * the address that it is connected to, while a host may answer from another one, and others answer what is
 * sent to a group, as a broadcast or to a subnet's own address (RFC 4291, 2.6.1). So it is left unconnected,
 * and another socket finds out whether there is a route. Returns the address to send to (null if connected),
 * this machine's own address, and whether others may answer.
 */
export async function connectIcmp(
  sock: InternetSocket,
  host: Host,
  { where, isBroadcast }: { where: string | undefined; isBroadcast: boolean },
) {
  const address = host.address as [string, number];
  const prepare = (one: InternetSocket) => {
    if (where !== undefined) bindTo(one, where);
    if (isBroadcast) setOption(one, "SO_BROADCAST", true);
  };
  prepare(sock);
  const isShared = isBroadcast || /^(22[4-9]|23\d)\.|^ff|::$/i.test(address[0]);
  if (sock.type !== SOCK_RAW) {
    await sock.connect(address);
    return { to: null, source: sock.getsockname(), isShared };
  }
  const probe = socket(host.family, SOCK_DGRAM);
  try {
    prepare(probe);
    await probe.connect([address[0], DISCARD_PORT, ...address.slice(2)] as [string, number]);
    return { to: address, source: probe.getsockname(), isShared };
  } finally {
    probe.close();
  }
}

export interface Reply {
  readonly seq: number;
  /** What follows ICMP's header. */
  readonly data: Buffer;
  readonly ttl: number | undefined;
  readonly from: string;
  readonly arrival: Arrival;
}

/** The next answer to a request of ours. */
export async function receiveReply(
  sock: InternetSocket,
  id: number,
  signal: AbortSignal,
): Promise<Reply> {
  const { reply } = echoTypes(sock.family as InternetFamily);
  for (;;) {
    const [packet, ancdata, , from] = await sock.recvmsg(PACKET_BYTES, CONTROL_BYTES, { signal });
    const came = arrival(ancdata);
    const isRaw = sock.type === SOCK_RAW;
    const icmp = isRaw && sock.family === AF_INET ? withoutHeader(packet) : packet;
    const echo = readEcho(icmp);
    // A datagram socket's identifier is chosen by the kernel, which only gives it what is for it.
    if (echo === null || echo.type !== reply || (isRaw && echo.id !== id)) continue;
    const ttl = findControl(ancdata, "IP_TTL") ?? findControl(ancdata, "IPV6_HOPLIMIT");
    const text = from === null ? "" : hostText(from);
    const data = icmp.subarray(ICMP_BYTES);
    return { seq: echo.seq, data, ttl, from: text, arrival: came };
  }
}
