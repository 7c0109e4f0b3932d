import { getservbyname } from "berkeley";
import { Failure } from "./failure.js";
import { printable } from "./show.js";
import { type Found, STATES, states } from "./ss-sockets.js";

const bit = (state: (typeof STATES)[number]) => 1 << STATES.indexOf(state);

const BUCKET = bit("SYN-RECV") | bit("TIME-WAIT");
const CONNECTED = states.all & ~states.listening;

/** The states, and sets of them, by their names in a filter: as in ss. */
const NAMES: Readonly<Record<string, number>> = {
  established: bit("ESTAB"),
  "syn-sent": bit("SYN-SENT"),
  "syn-recv": bit("SYN-RECV"),
  "fin-wait-1": bit("FIN-WAIT-1"),
  "fin-wait-2": bit("FIN-WAIT-2"),
  "time-wait": bit("TIME-WAIT"),
  closed: bit("UNCONN"),
  unconnected: bit("UNCONN"),
  "close-wait": bit("CLOSE-WAIT"),
  "last-ack": bit("LAST-ACK"),
  listen: bit("LISTEN"),
  listening: bit("LISTEN"),
  closing: bit("CLOSING"),
  all: states.all,
  connected: CONNECTED,
  synchronized: CONNECTED & ~bit("SYN-SENT"),
  bucket: BUCKET,
  big: states.all & ~BUCKET,
};

type Test = (row: Found) => boolean;
type Compare = (port: number, wanted: number) => boolean;

const equal: Compare = (port, wanted) => port === wanted;
const unequal: Compare = (port, wanted) => port !== wanted;
const least: Compare = (port, wanted) => port >= wanted;
const most: Compare = (port, wanted) => port <= wanted;
const above: Compare = (port, wanted) => port > wanted;
const below: Compare = (port, wanted) => port < wanted;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  ...{ "=": equal, "==": equal, eq: equal, "!=": unequal, ne: unequal, neq: unequal },
  ...{ ">=": least, ge: least, "<=": most, le: most },
  ...{ ">": above, gt: above, "<": below, lt: below },
};

/** Which sockets are wanted. */
export interface Filter {
  /** Bits of states; null if the filter says nothing about them. */
  readonly wanted: number | null;
  /** Whether it asks for ports, which Unix sockets do not have. */
  readonly hasPorts: boolean;
  readonly test: Test;
}

function portNumber(word: string | undefined): number {
  const text = word?.replace(/^:/, "") ?? "";
  if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text);
  try {
    return getservbyname(text);
  } catch {
    throw new Failure(
      `filter: "${printable(word ?? "its end")}" is not a port: write :22, or :ssh`,
    );
  }
}

function stateBits(word: string | undefined): number {
  const bits = NAMES[word?.toLowerCase() ?? ""];
  if (bits !== undefined) return bits;
  const names = Object.keys(NAMES).join(", ");
  throw new Failure(`filter: "${printable(word ?? "its end")}" is not a state: there are ${names}`);
}

/** `state established`, `exclude time-wait`, then `sport = :22 or dport = :22`. `and` binds more tightly
 * than `or`, and may be left out. */
export function parseFilter(given: readonly string[]): Filter {
  // In quotes, the whole filter is one word.
  const words = given.join(" ").split(/\s+/).filter(Boolean);
  let wanted: number | null = null;
  while (words[0] === "state" || words[0] === "exclude") {
    const isExcluded = words.shift() === "exclude";
    const bits = stateBits(words.shift());
    wanted = isExcluded ? (wanted ?? states.all) & ~bits : (wanted ?? 0) | bits;
  }
  const alternatives: Test[][] = [[]];
  const hasPorts = words.length > 0;
  while (words.length > 0) {
    const [side, sign = ""] = words.splice(0, 2);
    const compare = COMPARISONS[sign];
    if ((side !== "sport" && side !== "dport") || compare === undefined) {
      const text = printable([side, sign].join(" ").trim());
      throw new Failure(`filter: "${text}" is not understood: write state NAME, or sport = :PORT`);
    }
    const port = portNumber(words.shift());
    const end = side === "sport" ? "local" : "peer";
    alternatives.at(-1)?.push((row) => compare(row[end].port, port));
    const joint = words[0];
    if (joint !== "and" && joint !== "or") continue;
    words.shift();
    if (words.length === 0) throw new Failure(`filter: something is missing after "${joint}"`);
    if (joint === "or") alternatives.push([]);
  }
  const test: Test = (row) => alternatives.some((tests) => tests.every((one) => one(row)));
  return { wanted, hasPorts, test };
}
