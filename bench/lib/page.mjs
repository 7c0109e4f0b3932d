// docs/performance.md: the targets, and each workload with its plots, tables and notes.
import { compared, headOf, reachedText, targetText, toBaseText } from "./report.mjs";
import { summarize, verdictsOf, workloadOf } from "./summary.mjs";
import { number, ratio } from "./table.mjs";
import { oursIn } from "./workload.mjs";
import { workloads } from "./workloads.mjs";

/** @import { Notes } from "./notes.mjs" */
/** @import { Plan, Result } from "./rounds.mjs" */
/** @import { Metric, Workload } from "./workload.mjs" */
/** @typedef {ReturnType<typeof verdictsOf>[number]} Verdict */
/** @typedef {ReturnType<typeof import("./machine.mjs").describeMachine>} Machine */
/** @typedef {{ machine: Machine, plan: Plan, results: Result[] }} Measured what --json writes */

/** @param {(string | number)[]} cells */
const row = (cells) => `| ${cells.join(" | ")} |`;

/** @param {Workload} workload @param {Metric} metric */
export const plotName = (workload, metric) =>
  `${workload.name}${workload.metrics.length > 1 ? `-${metric.name}` : ""}.svg`;

/**
 * Whether a target is reached; if it is not, with a link to the note that says why.
 * @param {Verdict} verdict @param {Workload} workload @param {Notes} notes
 */
function reachedCell(verdict, { name }, notes) {
  const text = reachedText(verdict);
  const isMissed = Number.isFinite(verdict.measured) && !verdict.isReached;
  return isMissed && notes.sections.has(name) ? `[${text}](#${name})` : text;
}

/** @param {Result[]} results @param {Notes} notes */
function targetTable(results, notes) {
  const lines = results.flatMap((result) => {
    const workload = workloadOf(result);
    return verdictsOf(result).map((verdict) => ({
      isMeasured: Number.isFinite(verdict.measured),
      isReached: verdict.isReached,
      isBeyondC: verdict.isBeyondC,
      cells: [
        workload.name,
        result.case.label,
        targetText(verdict, workload),
        `${compared(verdict, verdict.measured)}${verdict.isLoadBound ? " *" : ""}`,
        ratio(verdict.byCpu),
        compared(verdict, verdict.ofC),
        reachedCell(verdict, workload, notes),
      ],
    }));
  });
  if (lines.length === 0) return [];
  const measured = lines.filter(({ isMeasured }) => isMeasured);
  const reached = measured.filter(({ isReached }) => isReached);
  const beyondC = measured.filter(({ isReached, isBeyondC }) => isBeyondC && !isReached);
  const missing = lines.length - measured.length;
  return [
    "## Targets",
    "",
    `${reached.length} of ${measured.length} are reached${missing > 0 ? `; not measured: ${missing}` : ""}. ` +
      `Of the others ${beyondC.length} are out of reach for the C program, too.`,
    "",
    row(["workload", "case", "target", "measured", "CPU", "C's", "reached"]),
    "|---|---|---|--:|--:|--:|---|",
    ...lines.map(({ cells }) => row(cells)),
    "",
    "`CPU`: how many times as much the peer's process takes of CPU time an operation. Where the load",
    "generator was busy all the time and berkeley was not (`*`), the rate is the load generator's, and",
    "`CPU` is what can be compared. `C's`: how the C program, which makes the system calls one by one and nothing else,",
    "stands to that peer in the same rounds: a target that it misses cannot be reached by doing less in user space.",
    "A `no` leads to what the profile shows.",
    "",
  ];
}

/** @param {Workload} workload @param {Metric} metric @param {Result} result */
const peerRows = (workload, metric, result) =>
  summarize(result, metric).map((peer) =>
    row([
      result.case.label,
      peer.peer === oursIn(workload) ? `**${peer.peer}**` : peer.peer,
      `${number(peer.value)} ${metric.unit}`,
      toBaseText(peer, metric),
      ratio(peer.oursTo),
      number(peer.user),
      number(peer.system),
      number(peer.memoryMiB),
    ]),
  );

/** @param {Workload} workload @param {Result[]} cases @param {Notes} notes */
function section(workload, cases, notes) {
  const { name, about, metrics } = workload;
  const lines = [`## ${name}`, "", `${about[0]?.toUpperCase()}${about.slice(1)}.`, ""];
  for (const metric of metrics) {
    const head = headOf(workload, metric);
    lines.push(
      `![${name}, ${metric.name}](performance/${plotName(workload, metric)})`,
      "",
      row([
        "case",
        "peer",
        metric.name,
        head.toBase,
        head.oursTo,
        head.user,
        head.system,
        "RSS MiB",
      ]),
      "|---|---|--:|--:|--:|--:|--:|--:|",
      ...cases.flatMap((result) => peerRows(workload, metric, result)),
      "",
    );
  }
  for (const { skipped, case: which } of cases) {
    for (const [peer, why] of Object.entries(skipped)) {
      lines.push(`Not measured, ${which.label}: ${peer} (${why.split("\n").at(-1)}).`, "");
    }
  }
  const note = notes.sections.get(name);
  return note ? [...lines, note, ""] : lines;
}

/** @param {Measured} measured @param {Notes} notes */
export function page({ machine, plan, results }, notes) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const trials = Math.max(
    0,
    ...results.flatMap(({ reports }) => Object.values(reports).map((r) => r.length)),
  );
  return [
    "<!-- Made by `npm run bench:plot`; what is written by hand is in performance/notes.md. -->",
    "",
    "# Performance",
    "",
    `${machine.date}; ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, ` +
      `Linux ${machine.kernel} (${machine.arch}); TCP's congestion control is ${machine.congestionControl}.`,
    `${versions.join(", ")}.`,
    `Trials of ${plan.seconds} s, at most ${trials} a peer; ratios are made within a round, and their`,
    "median is shown. [bench/README.md](../bench/README.md) says how to measure, and what the columns are.",
    "",
    ...(notes.top ? [notes.top, ""] : []),
    ...targetTable(results, notes),
    ...workloads.flatMap((workload) => {
      const cases = results.filter((result) => result.workload === workload.name);
      return cases.length > 0 ? section(workload, cases, notes) : [];
    }),
  ].join("\n");
}
