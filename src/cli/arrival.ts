import {
  type AncillaryMessage,
  findControl,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOL_SOCKET,
  socketpair,
} from "berkeley";

/** When a packet came, in the milliseconds of performance.now(). */
export interface Arrival {
  /** By the kernel's word; undefined if it has none. */
  readonly kernelMs: number | undefined;
  /** When this program had it: later by as long as the event loop was busy. */
  readonly loopMs: number;
}

/** Of a message on a socket that has SO_TIMESTAMPNS. */
export function arrival(ancdata: readonly AncillaryMessage[]): Arrival {
  const loopMs = performance.now();
  const ns = findControl(ancdata, "SCM_TIMESTAMPNS");
  // A double has 0.2 µs to spare for milliseconds since 1970.
  const kernelMs = ns === undefined ? undefined : Number(ns) / 1e6 - performance.timeOrigin;
  return { kernelMs, loopMs };
}

/**
 * From `sentMs` until it came. The kernel's clock is that of the day, which somebody may set while a
 * packet is under way or the machine sleep through: what cannot be true gives way to the loop's.
 */
export function elapsedMs(sentMs: number, { kernelMs, loopMs }: Arrival): number {
  const isTrue = kernelMs !== undefined && kernelMs >= sentMs && kernelMs <= loopMs;
  return (isTrue ? kernelMs : loopMs) - sentMs;
}

/** Enough for the engine to have read every function on the way. */
const WARM_UPS = 3;

/** Sends and receives once for nothing: the first time takes longer than a round trip on loopback. */
export async function warmUp(): Promise<void> {
  const [one, other] = socketpair(undefined, SOCK_DGRAM);
  try {
    other.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    for (let round = 0; round < WARM_UPS; round++) {
      const sentMs = performance.now();
      const received = other.recvmsg(64, 256);
      await one.send(Buffer.alloc(64));
      elapsedMs(sentMs, arrival((await received)[1]));
    }
  } finally {
    one.close();
    other.close();
  }
}
