// What a workload's row consists of.

/** @import { Report } from "./trial.mjs" */

/**
 * @typedef {object} Case one setting of a workload
 * @property {string} label
 * @property {boolean} [quick] belongs to --quick
 * @property {number} [size] bytes per message
 * @property {number} [conns] connections
 * @property {number} [batch] messages per call, if the peer has such a call
 * @property {number} [gso] segments per call, if the peer has such a call
 * @property {number} [rate] messages per second
 */

/**
 * @typedef {object} Metric
 * @property {string} name
 * @property {string} unit
 * @property {boolean} [lowerIsBetter]
 * @property {boolean} [isDifference] compared with the base by difference, not by ratio
 * @property {boolean} [hasLogScale] on a plot
 * @property {(report: Report, which: Case) => number} of
 */

/**
 * A ratio to reach: this library's figure divided by a peer's.
 * @typedef {object} Target
 * @property {string} to the peer
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {"user"} [of] user CPU per operation, in place of the metrics
 * @property {string} [metric] for this metric only
 * @property {(which: Case) => boolean} [cases] for these cases only
 */

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} about
 * @property {string} peers the folder of bench/peers
 * @property {string[]} [only] of that folder only these, unless others are asked for
 * @property {(which: Case, peer: string) => boolean} [leavesOut] the case is not for that peer
 * @property {(peer: string) => string} [base] what a peer is measured against; "c" if left out
 * @property {string} [ours] the peer that is this library; "berkeley" if left out
 * @property {"server" | "client" | "run"} measures which side: a server under load, a client of the
 *   load generator, or a program's whole run
 * @property {boolean} [unix] the address is a path
 * @property {boolean} [sharesCores] nothing is pinned
 * @property {number} [rounds] if the usual number is too small
 * @property {number} [samples] the least number of operations in a trial, at the case's rate
 * @property {number} [warmup] seconds, if the usual ones are too few, and no others are asked for
 * @property {"conns"} [growsBy] the cases are points of one line
 * @property {{ label: string, args: (string | number)[] }[]} [variants] each peer runs in all of them
 * @property {Case[]} cases
 * @property {(which: Case) => string[]} [reference] the C program and its options
 * @property {Record<string, (which: Case) => string[]>} [alternatives] other C programs, by name
 * @property {(which: Case) => (string | number)[]} [args] a peer's arguments after the address
 * @property {(which: Case, peer: string) => string[]} load the load generator and its options
 * @property {Metric[]} metrics
 * @property {Target[]} [targets]
 */

/** @param {string} unit @returns {Metric} */
export const rate = (unit) => ({
  name: "rate",
  unit,
  of: (report) => report.ops / report.seconds,
});

/** @type {Metric} */
export const throughput = {
  name: "rate",
  unit: "MB/s",
  of: (report) => report.bytes / report.seconds / 1e6,
};

/** @param {string} name @param {"p50" | "p99" | "p999"} key @returns {Metric} */
export const percentile = (name, key) => ({
  name,
  unit: "us",
  lowerIsBetter: true,
  of: (report) => report[key] ?? Number.NaN,
});

/** CPU time of the measured process. @param {Report} report */
const cpuSeconds = ({ watched }) => watched.user + watched.system;

/** @type {Metric} */
export const cpuAMessage = {
  name: "cpu",
  unit: "us/message",
  lowerIsBetter: true,
  of: (report) => (cpuSeconds(report) / report.ops) * 1e6,
};

/** @type {Metric} */
export const residentMemory = {
  name: "memory",
  unit: "MiB",
  lowerIsBetter: true,
  hasLogScale: true,
  of: ({ watched }) => watched.rssKiB / 1024,
};

/** @type {Metric} the resident memory that was added per connection */
export const bytesAConnection = {
  name: "memory",
  unit: "bytes",
  lowerIsBetter: true,
  of: ({ afterKiB = 0, beforeKiB = 0, conns = 0 }) => ((afterKiB - beforeKiB) * 1024) / conns,
};

/** The times of a whole run. @type {Metric[]} */
export const runTimes = [
  {
    name: "wall",
    unit: "ms",
    lowerIsBetter: true,
    isDifference: true,
    of: (report) => (report.seconds / report.ops) * 1000,
  },
  {
    name: "cpu",
    unit: "ms",
    lowerIsBetter: true,
    isDifference: true,
    of: (report) => (cpuSeconds(report) / report.ops) * 1000,
  },
];

/** @param {Record<string, string | number | undefined>} values */
export const options = (values) =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );

/** @param {Workload} workload */
export const oursIn = ({ ours = "berkeley" }) => ours;

/** @param {Workload} workload @param {string} peer */
export const baseOf = ({ base }, peer) => base?.(peer) ?? "c";
