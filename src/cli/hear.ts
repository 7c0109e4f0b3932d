import { TimeoutError } from "berkeley";
import type { AnySocket } from "./endpoint.js";

/** Larger than a datagram can be; a stream's reply may take several reads. */
const RECV_BYTES = 256 * 1024;

/** How long a server that owes the rest of a reply may be silent before what came is shown. */
const OWED_SEC = 5;

/** How long a server must be silent before a reply that we did not expect counts as complete. */
const QUIET_SEC = 0.5;

/** Text that was heard, and whether the other side has hung up after it. */
interface Heard {
  readonly text: string;
  readonly ended: boolean;
}

/** Listens for one reply: what the tutorial's server would say, or null for whatever comes. */
export type Hear = (expected: string | null) => Promise<Heard>;

/** How many bytes at the end begin a UTF-8 character whose rest has not come: 0 to 3. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue; // inside a character: look further back for its first byte
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < size ? back : 0;
  }
  return 0;
}

/**
 * Hears replies on a stream, which does not mark their ends (docs/decisions/011-the-end-of-a-reply.md). A
 * reply is complete when it is the expected one. After only the beginning of that, or within a character, the
 * server owes us the rest. Any other reply is complete when the server falls silent.
 */
export function streamEar(sock: AnySocket, signal: AbortSignal): Hear {
  let rest: Buffer = Buffer.alloc(0); // the first bytes of a character, if the last reply ended within one
  return async (expected) => {
    const whole = expected === null ? null : Buffer.from(expected);
    let heard = rest;
    let ended = false;
    try {
      while (!ended && !whole?.equals(heard)) {
        const owed = unfinished(heard) > 0 || whole?.subarray(0, heard.length).equals(heard);
        sock.settimeout(heard === rest ? null : owed ? OWED_SEC : QUIET_SEC);
        const bytes = await sock.recv(RECV_BYTES, { signal });
        ended = bytes.length === 0;
        heard = Buffer.concat([heard, bytes]);
      }
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    } finally {
      sock.settimeout(null);
    }
    const cut = ended ? 0 : unfinished(heard);
    rest = heard.subarray(heard.length - cut);
    return { text: heard.toString("utf8", 0, heard.length - cut), ended };
  };
}

/** Replies as datagrams: each is whole, but one may be lost. */
export function datagramEar(sock: AnySocket, signal: AbortSignal): Hear {
  return async () => {
    sock.settimeout(OWED_SEC);
    try {
      return { text: (await sock.recv(RECV_BYTES, { signal })).toString(), ended: false };
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      return { text: `(no answer within ${OWED_SEC} s: datagrams can be lost)`, ended: false };
    } finally {
      sock.settimeout(null);
    }
  };
}
