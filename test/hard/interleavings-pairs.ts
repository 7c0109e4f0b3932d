/** Pairs of sockets for the programs of `interleavings-program.ts`, and what is sent on them. */
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AddressInput,
  AF_INET,
  AF_UNIX,
  type Family,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  socket,
  socketpair,
} from "berkeley";
import { connected } from "../support/connected.js";
import { type End, type Flow, newEnd } from "./interleavings-model.js";
import type { PairOf } from "./interleavings-program.js";

/** An address of this run's own: datagrams to a closed socket go to whoever has its port next, which must be
 *  no other test. */
const HOST = `127.11.${(process.pid >> 8) & 255}.${process.pid & 255}`;

type Two = [Socket<Family>, Socket<Family>];

let names = 0;

/** Both ends of a pair. */
async function socketsOf(kind: PairOf["kind"]): Promise<[...Two, isConnected: boolean]> {
  if (kind === "tcp") return [...(await connected()), true];
  if (kind === "unix") return [...socketpair(AF_UNIX, SOCK_STREAM), true];
  if (kind === "seqpacket") return [...socketpair(AF_UNIX, SOCK_SEQPACKET), true];
  if (kind === "dgram") return [...socketpair(AF_UNIX, SOCK_DGRAM), true];
  const isInternet = kind !== "dgramTo";
  const both = [0, 1].map(() => {
    const one: Socket<Family> = socket(isInternet ? AF_INET : AF_UNIX, SOCK_DGRAM);
    one.bind(isInternet ? [HOST, 0] : `\0berkeley-${process.pid}-${names++}`);
    return one;
  }) as Two;
  const [near, far] = both;
  if (kind === "udp") {
    await near.connect(far.getsockname());
    await far.connect(near.getsockname());
  }
  return [near, far, kind === "udp"];
}

function twinOf(one: Socket<Family>, twin: PairOf["twin"]): Socket<Family>[] {
  if (twin === "none") return [one];
  if (twin === "dup") return [one, one.dup()];
  return [one, new Socket(one.family, one.type, one.proto, { fileno: one.fileno() })];
}

/** What is sent: bytes that do not repeat, whose highest bit says which object sends them. A call gets at
 *  most MOST of them. */
export const MOST = 100_000;
export const POOL = 4 * MOST;
export const pools = [0, 1].map((tag) => {
  const bytes = Buffer.alloc(POOL);
  for (let i = 0, state = 1; i < POOL; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = (tag << 7) | ((state >> 16) & 0x7f);
  }
  return bytes;
});
/** The same in a file, one pool after the other. */
const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
const poolPath = join(folder, "pool");
writeFileSync(poolPath, Buffer.concat(pools));
export const poolFd = openSync(poolPath, "r");
rmSync(folder, { recursive: true });

/** Opens a pair, and returns both of its directions. */
export async function openPair(
  { kind, twin, isSmall }: PairOf,
  name: string,
): Promise<[Flow, Flow]> {
  const [near, far, isConnected] = await socketsOf(kind);
  const ends = [near, far].map((one) => {
    if (isSmall) one.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    const address = isConnected ? null : (one.getsockname() as AddressInput<Family>);
    return newEnd(twinOf(one, twin), twin === "same", address);
  }) as [End, End];
  const flow = (from: 0 | 1): Flow => ({
    name: `${name} ${from === 0 ? "near to far" : "far to near"}`,
    isStream: near.type === SOCK_STREAM,
    isConnection: near.type !== SOCK_DGRAM,
    isInternet: near.family === AF_INET,
    isSmall,
    passesFds: false,
    from: ends[from],
    to: ends[1 - from] as End,
    sends: [],
    reads: [],
  });
  return [flow(0), flow(1)];
}
