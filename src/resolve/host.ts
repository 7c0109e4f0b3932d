/** The host of an address, resolved: its first address of the socket's family. */
import type { Lookup } from "../address/family.js";
import { AF_INET, EAI_ADDRFAMILY, SOCK_STREAM } from "../constants.generated.js";
import type { Where } from "../errors.js";
import { type Answer, native } from "../native.js";
import { answerOf, type PackedRow, unpackRows } from "./answer.js";
import { type Ask, lookUpLater, lookUpNow, onPool } from "./look-up.js";

/** What to ask for. Any type: without one, each address would come once a type. */
const TYPE = SOCK_STREAM;

/** Asks for the addresses of a host in a family, or in any (`AF_UNSPEC`). */
export function askHost(host: string, family: number): Ask {
  return (done) => onPool(done, (done) => native.getaddrinfo(host, null, family, TYPE, 0, 0, done));
}

/** The first address of what `askHost` found. */
export function firstAddress(host: string, answer: Answer, advice: Where = {}): Buffer {
  const rows = unpackRows(answerOf("getaddrinfo", answer, { address: host, ...advice }));
  return (rows as [PackedRow])[0].sockaddr;
}

const asking = ({ host, family }: Lookup): Ask => askHost(host, family);
function packing({ host, family, pack }: Lookup): (answer: Answer) => Uint8Array {
  const name = family === AF_INET ? "AF_INET" : "AF_INET6";
  const other: Where = { about: host, advice: `it has no address of ${name}, the socket's family` };
  return (answer) => pack(firstAddress(host, answer, answer === EAI_ADDRFAMILY ? other : {}));
}

/** In place: blocks the thread where the host is a name. */
export function resolveNow(lookup: Lookup): Uint8Array {
  return lookUpNow(asking(lookup), packing(lookup));
}

/** Off the event loop; see `lookUpLater`. */
export function resolveLater(
  lookup: Lookup,
  signal: AbortSignal | null,
  onQueued: (drop: () => void) => void,
): Promise<Uint8Array> {
  return lookUpLater(asking(lookup), packing(lookup), signal, onQueued);
}
