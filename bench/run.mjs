// npm run bench: every workload against every peer that is here. See bench/README.md.
//
// Plain JavaScript with checked types (tsconfig.bench.json), as the peers must be: Node 20, Bun and
// Deno run a peer as it stands, so what one reads is what is measured.
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { buildPrograms } from "./lib/build.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { enterOwnNetwork } from "./lib/own-network.mjs";
import { printResult } from "./lib/report.mjs";
import { peerNames, runWorkload } from "./lib/rounds.mjs";
import { workloads } from "./lib/workloads.mjs";

/** @import { Result } from "./lib/rounds.mjs" */

const QUICK_BUDGET_MS = 95_000; // of two minutes: the build, and the last trial, need some, too
const QUICK_SECONDS = 0.25;

/** @param {string} text */
function positive(text) {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0.");
  return value;
}
/** @param {string} text */
const list = (text) => text.split(",");

const command = new Command("npm run bench --")
  .description("Measures berkeley against a C program, and against what else a user could take.")
  .argument(
    "[workloads...]",
    `which ones; if none is named, all (${workloads.map((w) => w.name).join(", ")})`,
  )
  .option("--peers <names>", "only these, e.g. c,berkeley,net", list)
  .option("--conns <count>", "only cases of so many connections, or one such case", positive)
  .option("--size <bytes>", "only cases of this message size, or one such case", positive)
  .option("--rounds <count>", "trials of each peer, of which the median is shown", positive)
  .option("--seconds <seconds>", "length of a trial", positive)
  .option("--warmup <seconds>", "how long to warm up before each trial", positive)
  .option("--quick", "fewer cases, short trials; ends within two minutes")
  .option("--json <file>", "write the results there, for npm run bench:plot")
  .addHelpText(
    "after",
    `
Examples:
  npm run bench -- --quick
  npm run bench -- tcp-echo --conns 50 --size 64 --peers c,berkeley,net --rounds 7
  npm run bench -- --json results.json && npm run bench:plot -- results.json`,
  )
  .parse();

/**
 * @typedef {object} Asked
 * @property {string[]} [peers]
 * @property {number} [conns]
 * @property {number} [size]
 * @property {number} [rounds]
 * @property {number} [seconds]
 * @property {number} [warmup]
 * @property {boolean} [quick]
 * @property {string} [json]
 */
const asked = /** @type {Asked} */ (command.opts());
const names = command.args;
const unknown = names.filter((name) => !workloads.some((w) => w.name.startsWith(name)));
if (unknown.length > 0) command.error(`error: no workload ${unknown.join(", ")}; see --help`);
const chosen = workloads.filter(
  ({ name }) => names.length === 0 || names.some((asking) => name.startsWith(asking)),
);
// A peer that only some of the workloads have is not an error: the others do without it.
const peers = [...new Set(chosen.flatMap(peerNames))];
const strangers = (asked.peers ?? []).filter((name) => !peers.includes(name));
if (strangers.length > 0) {
  command.error(`error: no peer ${strangers.join(", ")}; there are ${peers.join(", ")}`);
}
const plan = {
  rounds: asked.rounds,
  seconds: asked.seconds ?? (asked.quick ? QUICK_SECONDS : 1),
  warmup: asked.warmup,
  quick: Boolean(asked.quick),
  peers: asked.peers,
  conns: asked.conns,
  size: asked.size,
};

buildPrograms();
enterOwnNetwork();
const machine = describeMachine();
console.log(
  `${machine.cores} x ${machine.cpu}, Linux ${machine.kernel}, TCP ${machine.congestionControl}, ` +
    `${machine.date}\n` +
    Object.entries(machine.versions)
      .map((pair) => pair.join(" "))
      .join(", "),
);

const began = Date.now();
/** @type {Result[]} */
const results = [];
for (const [index, workload] of chosen.entries()) {
  // With --quick each workload has its share of the time that is left.
  const left = QUICK_BUDGET_MS - (Date.now() - began);
  const budgetMs = plan.quick ? left / (chosen.length - index) : Number.POSITIVE_INFINITY;
  for await (const result of runWorkload(workload, plan, budgetMs)) {
    results.push(result);
    printResult(result);
  }
}
if (asked.json) {
  writeFileSync(asked.json, `${JSON.stringify({ machine, plan, results }, null, 1)}\n`);
}
