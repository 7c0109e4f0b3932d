// A case's figures as text, for the terminal and for docs/performance.md.
import { costUnit, summarize, verdictsOf, workloadOf } from "./summary.mjs";
import { difference, number, percent, ratio, table } from "./table.mjs";
import { baseOf, oursIn } from "./workload.mjs";

/** @import { Result } from "./rounds.mjs" */
/** @import { Metric, Workload } from "./workload.mjs" */
/** @import { Verdict } from "./summary.mjs" */

/** @param {Workload} workload @param {Metric} metric */
export function headOf(workload, metric) {
  const base = baseOf(workload, oursIn(workload));
  const per = costUnit(metric);
  return {
    toBase: metric.isDifference ? `- ${base}` : `/ ${base}`,
    oursTo: `${oursIn(workload)} / it`,
    user: `user ${per}`,
    system: `sys ${per}`,
  };
}

/** The row compared with the base: a factor, or a difference.
 *  @param {ReturnType<typeof summarize>[0]} row @param {Metric} metric */
export const toBaseText = (row, metric) =>
  metric.isDifference ? difference(row.overBase) : ratio(row.toBase);

/** @param {Verdict} verdict @param {number} value */
export const compared = ({ metric }, value) =>
  metric.isDifference && Number.isFinite(value)
    ? `${difference(value)} ${metric.unit}`
    : ratio(value);

/** "at least 0.95x c", "user CPU at most 0.40x net", "p99 at most 1.10x c". @param {Verdict} verdict @param {Workload} workload */
export function targetText(verdict, workload) {
  const { target, metric } = verdict;
  const bound = target.atLeast === undefined ? "at most" : "at least";
  const limit = compared(verdict, target.atLeast ?? target.atMost ?? Number.NaN);
  const what = target.of
    ? `${target.of} CPU `
    : workload.metrics.length > 1
      ? `${metric.name} `
      : "";
  return `${what}${bound} ${limit} ${metric.isDifference ? "on " : ""}${target.to}`;
}

/** @param {Verdict} verdict */
export function reachedText({ measured, isReached, isBeyondC }) {
  if (!Number.isFinite(measured)) return "not measured";
  if (isReached) return "yes";
  return isBeyondC ? "no, nor by C" : "no";
}

/** @param {Result} result */
export function printResult(result) {
  const workload = workloadOf(result);
  console.log(`\n${workload.name} (${result.case.label}): ${workload.about}`);
  for (const metric of workload.metrics) {
    const rows = summarize(result, metric);
    if (rows.length === 0) continue;
    const head = headOf(workload, metric);
    console.log(
      table(
        [
          metric.lowerIsBetter ? `${metric.name} (less is better)` : metric.name,
          metric.unit,
          head.toBase,
          head.oursTo,
          head.user,
          head.system,
          "busy",
          "load busy",
          "RSS MiB",
        ],
        rows.map((row) => [
          row.peer,
          number(row.value),
          toBaseText(row, metric),
          ratio(row.oursTo),
          number(row.user),
          number(row.system),
          percent(row.busy),
          percent(row.load),
          number(row.memoryMiB),
        ]),
      ),
    );
  }
  for (const verdict of verdictsOf(result)) {
    if (!Number.isFinite(verdict.measured)) continue;
    const beyondC = verdict.isBeyondC ? ` (C: ${compared(verdict, verdict.ofC)})` : "";
    const reached = verdict.isReached ? "reached" : `not reached${beyondC}`;
    const bound = verdict.isLoadBound
      ? `; the load generator was the limit, by CPU time ${ratio(verdict.byCpu)}`
      : "";
    console.log(
      `target ${targetText(verdict, workload)}: ${compared(verdict, verdict.measured)}, ${reached}${bound}`,
    );
  }
  for (const [peer, why] of Object.entries(result.skipped)) {
    console.log(`skipped ${peer}: ${why}`);
  }
}
