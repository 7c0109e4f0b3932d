// Makes figures of a case's reports: one row per peer, and how these compare with the targets.
import { median, pairedDifference, pairedRatio } from "./stats.mjs";
import { baseOf, oursIn } from "./workload.mjs";
import { workloads } from "./workloads.mjs";

/** @import { Result } from "./rounds.mjs" */
/** @import { Metric, Target } from "./workload.mjs" */
/** @import { Report } from "./trial.mjs" */

/** @typedef {(report: Report) => number} Figure */

const microseconds = 1e6;
/** @type {Record<"user" | "system" | "cpu" | "busy" | "load" | "memory", Figure>} */
const figures = {
  user: ({ watched, ops }) => (watched.user / ops) * microseconds,
  system: ({ watched, ops }) => (watched.system / ops) * microseconds,
  cpu: ({ watched, ops }) => ((watched.user + watched.system) / ops) * microseconds,
  busy: ({ watched, seconds }) => (watched.user + watched.system) / seconds,
  load: ({ user, system, seconds }) => (user + system) / seconds,
  memory: ({ watched }) => watched.rssKiB / 1024,
};

/** @param {Result} result */
export function workloadOf(result) {
  const workload = workloads.find(({ name }) => name === result.workload);
  if (!workload) throw new Error(`no workload ${result.workload}`);
  return workload;
}

/** One figure per round. @param {Result} result @param {string} peer @param {Figure} figure */
const series = (result, peer, figure) =>
  (result.reports[peer] ?? []).map((report) => (report ? figure(report) : undefined));

/** @param {(number | undefined)[]} values */
const middle = (values) => median(values.map((value) => value ?? Number.NaN));

/** If the peers have no operation in common, CPU time is given per megabyte. @param {Metric} metric */
const isByByte = (metric) => metric.unit === "MB/s";

/** @param {Metric} metric @param {Figure} figure @returns {Figure} */
const cost = (metric, figure) =>
  isByByte(metric) ? (report) => (figure(report) * report.ops * 1e6) / report.bytes : figure;

/** The unit of CPU time. @param {Metric} metric */
export const costUnit = (metric) => (isByByte(metric) ? "us/MB" : "us/op");

/**
 * What the table shows for a case: one row per peer.
 * @param {Result} result
 * @param {Metric} metric
 */
export function summarize(result, metric) {
  const workload = workloadOf(result);
  const value = (/** @type {Report} */ report) => metric.of(report, result.case);
  const ours = oursIn(workload);
  return Object.keys(result.reports)
    .filter((peer) => series(result, peer, value).length > 0)
    .map((peer) => {
      const of = (/** @type {Figure} */ figure) => series(result, peer, figure);
      const base = series(result, baseOf(workload, peer), value);
      return {
        peer,
        value: middle(of(value)),
        toBase: pairedRatio(of(value), base),
        overBase: pairedDifference(of(value), base),
        oursTo: pairedRatio(series(result, ours, value), of(value)),
        user: middle(of(cost(metric, figures.user))),
        system: middle(of(cost(metric, figures.system))),
        busy: middle(of(figures.busy)),
        load: middle(of(figures.load)),
        memoryMiB: middle(of(figures.memory)),
      };
    });
}

/**
 * @typedef {object} Verdict
 * @property {Target} target
 * @property {Metric} metric
 * @property {number} measured NaN if the peer was not measured
 * @property {number} ofC what the C program reaches of the same target; NaN if the target is C itself
 * @property {number} byCpu the peer's CPU time per operation, divided by ours; for rates only
 * @property {boolean} isLoadBound the load generator was busy all the time, and we were not
 * @property {boolean} isReached
 * @property {boolean} isBeyondC not even the C program reaches it
 */

/** The C program, as a peer. */
const REFERENCE = "c";

/** When a load generator counts as one that never waits, and the measured side as one that does. */
const LOAD_BUSY = 0.95;
const OURS_WAITS = 0.9;

/** @param {Target} target @param {number} value */
const holds = ({ atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }, value) =>
  value >= atLeast && value <= atMost;

/** How a case compares with its workload's targets. @param {Result} result @returns {Verdict[]} */
export function verdictsOf(result) {
  const workload = workloadOf(result);
  const ours = oursIn(workload);
  const [first] = workload.metrics;
  return (workload.targets ?? [])
    .filter(({ cases }) => cases?.(result.case) ?? true)
    .flatMap((target) =>
      workload.metrics
        .filter((metric) =>
          target.of ? metric === first : (target.metric ?? metric.name) === metric.name,
        )
        .map((metric) => {
          const value = (/** @type {Report} */ report) => metric.of(report, result.case);
          const figure = target.of ? cost(metric, figures[target.of]) : value;
          const compare = metric.isDifference ? pairedDifference : pairedRatio;
          const reaches = (/** @type {string} */ peer) =>
            compare(series(result, peer, figure), series(result, target.to, figure));
          const measured = reaches(ours);
          const ofC = target.to === REFERENCE ? Number.NaN : reaches(REFERENCE);
          const cpu = cost(metric, figures.cpu);
          const isRate = metric.unit.endsWith("/s") && !target.of;
          return {
            target,
            metric,
            measured,
            ofC,
            byCpu: isRate
              ? pairedRatio(series(result, target.to, cpu), series(result, ours, cpu))
              : Number.NaN,
            isLoadBound:
              isRate &&
              middle(series(result, ours, figures.load)) >= LOAD_BUSY &&
              middle(series(result, ours, figures.busy)) < OURS_WAITS,
            isReached: holds(target, measured),
            isBeyondC: Number.isFinite(ofC) && !holds(target, ofC),
          };
        }),
    );
}
