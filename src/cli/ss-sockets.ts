import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  INET_DIAG_SKV6ONLY,
  IPPROTO_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
  ifIndextoname,
  inetNtop,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  UDIAG_SHOW_NAME,
  UDIAG_SHOW_PEER,
  UDIAG_SHOW_RQLEN,
  UNIX_DIAG_NAME,
  UNIX_DIAG_PEER,
  UNIX_DIAG_RQLEN,
} from "berkeley";
import { attributes, sockDiag } from "./netlink.js";
import { nameText, printable } from "./show.js";

export type Netid = "u_str" | "u_seq" | "u_dgr" | "raw" | "udp" | "tcp";

/** One end; Unix sockets have an inode in place of the port. */
export interface End {
  readonly address: string;
  readonly port: number;
}

/** What the kernel will do to a connection if nothing happens. */
interface Timer {
  readonly name: string;
  readonly ms: number;
  /** How many times it has run out already. */
  readonly retransmits: number;
}

export interface Found {
  readonly netid: Netid;
  readonly state: string;
  readonly recvQ: number;
  readonly sendQ: number;
  readonly local: End;
  readonly peer: End;
  readonly inode: number;
  readonly uid?: number;
  readonly timer?: Timer;
}

/** The kernel's TCP states, by number from 1, in the words of ss. */
export const STATES = [
  "UNKNOWN",
  "ESTAB",
  "SYN-SENT",
  "SYN-RECV",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "UNCONN",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
] as const;
const [LISTENING, UNCONNECTED] = [1 << STATES.indexOf("LISTEN"), 1 << STATES.indexOf("UNCONN")];
const SYN_RECV = 1 << STATES.indexOf("SYN-RECV");
const TIME_WAIT = 1 << STATES.indexOf("TIME-WAIT");

/** Bits of states. What ss shows: with -a, with -l, only datagrams or raw, and otherwise. */
export const states = {
  all: 0xfff,
  listening: LISTENING | UNCONNECTED,
  established: 1 << STATES.indexOf("ESTAB"),
  connected: 0xfff & ~(LISTENING | UNCONNECTED | SYN_RECV | TIME_WAIT),
};

/** idiag_timer, in the words of ss; 0 is none. */
const TIMERS = ["off", "on", "keepalive", "timewait", "persist"];

function timerOf(body: Buffer): Timer | undefined {
  const kind = body[2] as number;
  if (kind === 0) return undefined;
  const name = TIMERS[kind] ?? "unknown";
  return { name, ms: body.readUInt32LE(52), retransmits: body[3] as number };
}

/** The sizes of struct inet_diag_req_v2 and inet_diag_msg (linux/inet_diag.h). */
const INET_REQUEST = 56;
const INET_MESSAGE = 72;

/** An address in binary as ss shows it. */
export function host(family: number, bytes: Buffer, isSixOnly: boolean): string {
  if (family === AF_INET) return inetNtop(AF_INET, bytes.subarray(0, 4));
  // A socket of both versions is bound to any address of either.
  if (!isSixOnly && bytes.every((byte) => byte === 0)) return "*";
  return `[${inetNtop(AF_INET6, bytes)}]`;
}

function interfaceSuffix(index: number): string {
  if (index === 0) return "";
  try {
    return `%${ifIndextoname(index)}`;
  } catch {
    return `%if${index}`; // it has gone meanwhile
  }
}

function inetSocket(netid: Netid, body: Buffer): Found {
  const family = body[0] as number;
  const isSixOnly = attributes(body.subarray(INET_MESSAGE)).get(INET_DIAG_SKV6ONLY)?.[0] === 1;
  const end = (port: number, address: number): End => ({
    address: host(family, body.subarray(address, address + 16), isSixOnly),
    port: body.readUInt16BE(port),
  });
  const local = end(4, 8);
  const timer = timerOf(body);
  return {
    netid,
    state: STATES[body[1] as number] ?? `STATE-${body[1]}`,
    recvQ: body.readUInt32LE(56),
    sendQ: body.readUInt32LE(60),
    local: { ...local, address: local.address + interfaceSuffix(body.readUInt32LE(40)) },
    peer: end(6, 24),
    uid: body.readUInt32LE(64),
    inode: body.readUInt32LE(68),
    ...(timer && { timer }),
  };
}

const PROTOCOLS = { tcp: IPPROTO_TCP, udp: IPPROTO_UDP, raw: IPPROTO_RAW };

export async function inetSockets(
  netid: keyof typeof PROTOCOLS,
  family: typeof AF_INET | typeof AF_INET6,
  wanted: number,
): Promise<Found[]> {
  const request = Buffer.alloc(INET_REQUEST);
  request[0] = family;
  request[1] = PROTOCOLS[netid];
  request.writeUInt32LE(wanted, 4);
  const found: Found[] = [];
  for await (const body of sockDiag(request)) found.push(inetSocket(netid, body));
  return found;
}

/** The sizes of struct unix_diag_req and unix_diag_msg (linux/unix_diag.h), and what to show. */
const UNIX_REQUEST = 24;
const UNIX_MESSAGE = 16;
const SHOW = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN;

const UNIX_IDS: Readonly<Record<number, Netid>> = {
  [SOCK_STREAM]: "u_str",
  [SOCK_DGRAM]: "u_dgr",
  [SOCK_SEQPACKET]: "u_seq",
};

function unixSocket(body: Buffer): Found {
  const more = attributes(body.subarray(UNIX_MESSAGE));
  // An abstract name's zero bytes are typed as @; a path ends with one.
  const bytes = more.get(UNIX_DIAG_NAME) ?? Buffer.alloc(0);
  const name = bytes[0] === 0 ? bytes : bytes.subarray(0, bytes.indexOf(0) >>> 0);
  const inode = body.readUInt32LE(4);
  const queues = more.get(UNIX_DIAG_RQLEN);
  return {
    netid: UNIX_IDS[body[1] as number] ?? "u_str",
    state: STATES[body[2] as number] ?? `STATE-${body[2]}`,
    recvQ: queues?.readUInt32LE(0) ?? 0,
    sendQ: queues?.readUInt32LE(4) ?? 0,
    local: { address: printable(nameText(name).replaceAll("\0", "@")) || "*", port: inode },
    peer: { address: "*", port: more.get(UNIX_DIAG_PEER)?.readUInt32LE(0) ?? 0 },
    inode,
  };
}

export async function unixSockets(wanted: number): Promise<Found[]> {
  const request = Buffer.alloc(UNIX_REQUEST);
  request[0] = AF_UNIX;
  request.writeUInt32LE(wanted, 4);
  request.writeUInt32LE(SHOW, 12);
  const found: Found[] = [];
  for await (const body of sockDiag(request)) found.push(unixSocket(body));
  return found;
}
