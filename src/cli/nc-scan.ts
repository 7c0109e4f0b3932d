import { setTimeout as delay } from "node:timers/promises";
import { SocketError } from "berkeley";
import { Failure, failing, inWords } from "./failure.js";
import { dial } from "./nc-dial.js";
import type { NcOptions } from "./nc-options.js";
import { hasMessages, type OfAnyFamily, type Place } from "./nc-place.js";
import { json } from "./table.js";

/** How often a datagram port is asked, and how long its refusal may take to come each time. */
const PROBES = 2;
const PROBE_MS = 100;

/** A port of datagrams is taken for open unless the kernel says that it is not. */
async function probe(sock: OfAnyFamily): Promise<void> {
  for (let sent = 0; sent < PROBES; sent++) {
    await sock.send("X");
    await delay(PROBE_MS);
  }
  await sock.send("");
}

/** Why there is no connection; null where there is one. */
async function refusal(candidates: readonly Place[], options: NcOptions) {
  let last: SocketError | null = null;
  for (const place of candidates) {
    try {
      const sock = await dial(place, options);
      try {
        if (hasMessages(place.type)) await probe(sock);
        return null;
      } finally {
        sock.close();
      }
    } catch (error) {
      if (!(error instanceof SocketError)) throw failing(place.text, error);
      last = error;
    }
  }
  return last;
}

/** Tries each place, and fails if none can be connected to. */
export async function scan(host: string, wanted: readonly Place[][], options: NcOptions) {
  const rows: { host: string; address: unknown; open: boolean; code: string | null }[] = [];
  let closed = "";
  for (const candidates of wanted) {
    const [{ text, address }] = candidates as [Place];
    const error = await refusal(candidates, options);
    rows.push({ host, address, open: error === null, code: error?.code ?? null });
    if (error !== null) closed = `cannot connect to ${text}: ${inWords(error)}`;
    // Of a single closed port the failure below says the same.
    if (options.verbose && !options.json && (error === null || wanted.length > 1)) {
      console.error(error === null ? `${text} open` : closed);
    }
  }
  if (options.json) console.log(json(rows));
  if (rows.some(({ open }) => open)) return;
  throw new Failure(wanted.length === 1 ? closed : `none of the ${wanted.length} ports is open`);
}
