import {
  AF_INET,
  type AncillaryMessage,
  findControl,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOL_SOCKET,
  SocketError,
  socket,
} from "berkeley";
import type { InternetFamily, InternetSocket } from "./icmp.js";

/** When a packet came, in the milliseconds of performance.now(). */
export interface Arrival {
  /** By the kernel's timestamp; undefined if there is none. */
  readonly kernelMs: number | undefined;
  /** When this program got it: later by as long as the event loop was busy. */
  readonly loopMs: number;
}

/** If it takes longer to read the clocks, the thread was interrupted meanwhile. */
const INTERRUPTED_MS = 0.01;
const TRIES = 10;

/**
 * The time of day when performance.now() was 0, to a few microseconds. `performance.timeOrigin` is off by up
 * to a tenth of a millisecond, which is two round trips on loopback; but Date.now() is exact at the moment it
 * changes.
 */
function originMs(): number {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = Date.now();
    let fromMs: number;
    let dayMs: number;
    do {
      fromMs = performance.now();
      dayMs = Date.now();
    } while (dayMs === before);
    const toMs = performance.now();
    if (toMs - fromMs < INTERRUPTED_MS) return dayMs - (fromMs + toMs) / 2;
  }
  return performance.timeOrigin;
}

let origin: number | undefined;

/** When a message came, by its control messages: the socket has SO_TIMESTAMPNS on. */
export function arrival(ancdata: readonly AncillaryMessage[]): Arrival {
  const loopMs = performance.now();
  const ns = findControl(ancdata, "SCM_TIMESTAMPNS");
  // A double holds milliseconds since 1970 to 0.2 µs.
  origin ??= originMs();
  const kernelMs = ns === undefined ? undefined : Number(ns) / 1e6 - origin;
  return { kernelMs, loopMs };
}

/**
 * The time from `sentMs` until the packet came. The kernel's timestamps are times of day: that clock may be
 * set, or the machine may sleep, while a packet is under way. A time that cannot be true gives way to the
 * event loop's.
 */
export function elapsedMs(sentMs: number, { kernelMs, loopMs }: Arrival): number {
  const isTrue = kernelMs !== undefined && kernelMs >= sentMs && kernelMs <= loopMs;
  return (isTrue ? kernelMs : loopMs) - sentMs;
}

/** Enough for the engine to have compiled every function on the way. */
const WARM_UPS = 3;
/** A datagram that has not come by then was dropped. */
const LOST_SEC = 0.1;
const NOTHING = Buffer.alloc(64);

/** Sends and receives a few times for practice: the first time takes longer than a round trip on loopback. */
export async function warmUp(family: InternetFamily): Promise<void> {
  const sock: InternetSocket = socket(family, SOCK_DGRAM);
  try {
    sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    sock.bind([family === AF_INET ? "127.0.0.1" : "::1", 0]);
    const self = sock.getsockname();
    await sock.connect(self);
    sock.settimeout(LOST_SEC);
    for (let round = 0; round < WARM_UPS; round++) {
      for (const send of [() => sock.send(NOTHING), () => sock.sendto(NOTHING, self)]) {
        const sentMs = performance.now();
        await send();
        elapsedMs(sentMs, arrival((await sock.recvmsg(64, 256))[1]));
      }
    }
  } catch (error) {
    // Without loopback, or with a firewall on it, there is no warming up.
    if (!(error instanceof SocketError)) throw error;
  } finally {
    sock.close();
  }
}
