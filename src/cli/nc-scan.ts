import { setTimeout as delay } from "node:timers/promises";
import { SocketError } from "berkeley";
import { Failure, failing, inWords } from "./failure.js";
import { dial, failedText } from "./nc-dial.js";
import type { NcOptions } from "./nc-options.js";
import { hasMessages, type OfAnyFamily, type Place } from "./nc-place.js";
import { json } from "./table.js";

/** How often a datagram port is probed, and how long to wait for a refusal each time. */
const PROBES = 2;
const PROBE_MS = 100;

/** A datagram port counts as open unless the kernel says that it is not. */
async function probe(sock: OfAnyFamily, { wait }: NcOptions, signal: AbortSignal): Promise<void> {
  sock.settimeout(wait ?? null);
  for (let sent = 0; sent < PROBES; sent++) {
    await sock.send("X", { signal });
    await delay(PROBE_MS, undefined, { signal });
  }
  await sock.send("", { signal });
}

interface Tried {
  readonly place: Place;
  /** Why there is no connection; null if there is one. */
  readonly error: SocketError | null;
}

/** The first of the places that can be connected to, or else the last of them. */
async function tryFirst(
  candidates: readonly Place[],
  options: NcOptions,
  stop: AbortSignal,
): Promise<Tried> {
  let last: Tried | undefined;
  for (const place of candidates) {
    try {
      const { sock, close } = await dial(place, options, stop);
      try {
        if (hasMessages(place.type)) await probe(sock, options, stop);
        return { place, error: null };
      } finally {
        close();
      }
    } catch (error) {
      if (!(error instanceof SocketError)) throw failing(place.text, error);
      last = { place, error };
    }
  }
  return last as Tried;
}

/** Tries each place, and fails if none can be connected to. */
export async function scan(
  host: string,
  wanted: readonly Place[][],
  options: NcOptions,
  stop: AbortSignal,
) {
  const rows: { host: string; address: unknown; open: boolean; code: string | null }[] = [];
  let closed = "";
  try {
    for (const candidates of wanted) {
      const { place, error } = await tryFirst(candidates, options, stop);
      const { text, address } = place;
      rows.push({ host, address, open: error === null, code: error?.code ?? null });
      if (error !== null) closed = `${failedText(place, options, error)}: ${inWords(error)}`;
      // For a single closed port the failure below says the same.
      if (options.verbose && !options.json && (error === null || wanted.length > 1)) {
        console.error(error === null ? `${text} open` : closed);
      }
    }
  } finally {
    // Also those before a signal.
    if (options.json) console.log(json(rows));
  }
  if (rows.some(({ open }) => open)) return;
  throw new Failure(wanted.length === 1 ? closed : `none of the ${wanted.length} ports is open`);
}
