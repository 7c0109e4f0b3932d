// npm run bench:plot -- results.json: writes docs/performance.md, with tables and plots for each
// workload. The results are kept with the plots; without a file these are drawn again (for new notes,
// say).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { barChart } from "./lib/bar-chart.mjs";
import { lineChart } from "./lib/line-chart.mjs";
import { merge } from "./lib/merge.mjs";
import { readNotes } from "./lib/notes.mjs";
import { page, plotName } from "./lib/page.mjs";
import { toBaseText } from "./lib/report.mjs";
import { summarize } from "./lib/summary.mjs";
import { number } from "./lib/table.mjs";
import { baseOf, oursIn } from "./lib/workload.mjs";
import { workloads } from "./lib/workloads.mjs";

/** @import { Measured } from "./lib/page.mjs" */
/** @import { Result } from "./lib/rounds.mjs" */
/** @import { Metric, Workload } from "./lib/workload.mjs" */
/** @import { Kind } from "./lib/svg.mjs" */

const command = new Command("npm run bench:plot --")
  .description("Writes docs/performance.md and its plots.")
  .argument(
    "[results...]",
    "what npm run bench -- --json wrote (else docs/performance/results.json); those after the first have the cases " +
      "that it could not measure, on another kernel, say",
  )
  .option("--out <folder>", "in place of docs", fileURLToPath(new URL("../docs/", import.meta.url)))
  .addHelpText(
    "after",
    "\nExamples:\n  npm run bench -- --json results.json && npm run bench:plot -- results.json\n" +
      "  npm run bench:plot -- results.json other-kernel.json",
  )
  .parse();
const out = /** @type {{ out: string }} */ (command.opts()).out;
const folder = join(out, "performance");
const kept = join(folder, "results.json");
const files = command.args.length > 0 ? command.args : [kept];

/** @param {string} file @returns {Measured} */
function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return command.error(`error: ${/** @type {Error} */ (error).message}; see --help`);
  }
}

/** @param {Workload} workload @param {string} peer @returns {Kind} */
function kindOf(workload, peer) {
  const ours = oursIn(workload);
  if (peer === ours) return "ours";
  return peer === baseOf(workload, ours) ? "base" : "other";
}

/** @param {Metric} metric */
const advice = ({ lowerIsBetter }) => (lowerIsBetter ? " (less is better)" : "");

/** @param {Workload} workload @param {Metric} metric @param {Result[]} cases */
function bars(workload, metric, cases) {
  const base = baseOf(workload, oursIn(workload));
  const groups = cases.map((result) => ({
    name: result.case.label,
    bars: summarize(result, metric)
      .filter(({ value }) => Number.isFinite(value))
      .map((row) => ({
        name: row.peer,
        value: row.value,
        text: `${number(row.value)} ${metric.unit}, ${toBaseText(row, metric)} ${metric.isDifference ? "on " : ""}${base}`,
        kind: kindOf(workload, row.peer),
      })),
  }));
  return barChart(`${workload.name}: ${metric.name}${advice(metric)}`, groups);
}

/** @param {Workload} workload @param {Metric} metric @param {Result[]} cases */
function lines(workload, metric, cases) {
  const peers = [...new Set(cases.flatMap(({ reports }) => Object.keys(reports)))];
  const drawn = peers.map((name) => ({
    name,
    kind: kindOf(workload, name),
    points: cases.flatMap((result) => {
      const value =
        summarize(result, metric).find(({ peer }) => peer === name)?.value ?? Number.NaN;
      return Number.isFinite(value)
        ? [/** @type {[number, number]} */ ([result.case.conns ?? 1, value])]
        : [];
    }),
  }));
  return lineChart(
    `${workload.name}: ${metric.name}${advice(metric)}`,
    "connections",
    `${metric.name}, ${metric.unit}`,
    drawn,
    metric,
  );
}

const measured = files.map(readResults).reduce(merge);
const notes = readNotes(join(folder, "notes.md"));
mkdirSync(folder, { recursive: true });
for (const workload of workloads) {
  const cases = measured.results.filter((result) => result.workload === workload.name);
  if (cases.length === 0) continue;
  const draw = workload.growsBy ? lines : bars;
  for (const metric of workload.metrics) {
    writeFileSync(join(folder, plotName(workload, metric)), draw(workload, metric, cases));
  }
}
writeFileSync(kept, `${JSON.stringify(measured)}\n`);
writeFileSync(join(out, "performance.md"), page(measured, notes));
console.log(`${join(out, "performance.md")}: ${measured.results.length} cases`);
