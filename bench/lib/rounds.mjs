// Runs a workload, case by case: in each round every peer has one trial, so that whatever else the
// machine does affects all of them alike.
import { programPath } from "./build.mjs";
import { isOurs, peersIn } from "./peers.mjs";
import { runTrial } from "./trial.mjs";
import { baseOf, oursIn } from "./workload.mjs";

/** @import { Case, Workload } from "./workload.mjs" */
/** @import { Report } from "./trial.mjs" */

/**
 * @typedef {object} Plan
 * @property {number | undefined} rounds as asked for; else the usual number, or the workload's own
 * @property {number} seconds of a trial; more if the workload needs more
 * @property {number | undefined} warmup as asked for; else the usual one, or the workload's own
 * @property {boolean} quick
 * @property {string[] | undefined} peers
 * @property {number | undefined} conns
 * @property {number | undefined} size
 */

/**
 * @typedef {object} Result one case: each peer's reports, by round
 * @property {string} workload
 * @property {Case} case
 * @property {Record<string, (Report | undefined)[]>} reports
 * @property {Record<string, string>} skipped peer -> why
 */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(address: string, which: Case) => string[]} command
 */

const ROUNDS = 5;
const QUICK_ROUNDS = 3;

const WARMUP = 1;
const QUICK_WARMUP = 0.25;

/** @param {Workload} workload @param {Plan} plan */
const warmupOf = (workload, { warmup, quick }) =>
  warmup ?? (quick ? QUICK_WARMUP : (workload.warmup ?? WARMUP));

/** @param {Workload} workload @param {Plan} plan @param {Case} which */
const secondsOf = ({ samples = 0 }, { seconds, quick }, { rate = 1 }) =>
  quick ? seconds : Math.max(seconds, samples / rate);

/** @param {Workload} workload @param {Plan} plan */
const roundsOf = (workload, { rounds, quick }) =>
  rounds ?? workload.rounds ?? (quick ? QUICK_ROUNDS : ROUNDS);

/** @param {Workload} workload @param {Plan} plan */
function casesOf(workload, { quick, conns, size }) {
  const fits = workload.cases.filter(
    (which) =>
      (!quick || which.quick || conns || size) &&
      (!conns || !which.conns || which.conns === conns) &&
      (!size || !which.size || which.size === size),
  );
  const [first] = workload.cases;
  if (fits.length > 0 || !first) return fits;
  const custom = { ...first, ...(conns ? { conns } : {}), ...(size ? { size } : {}) };
  const label = [
    ...(custom.size ? [`${custom.size} B`] : []),
    ...(custom.conns ? [`${custom.conns.toLocaleString("en-US")} connections`] : []),
  ].join(", ");
  return [{ ...custom, label }];
}

/** The C programs, by their names as peers. @param {Workload} workload */
const programsOf = ({ reference, alternatives }) => ({
  ...(reference && { c: reference }),
  ...alternatives,
});

/** The names by which a workload's peers can be asked for. @param {Workload} workload */
export function peerNames(workload) {
  const others = peersIn(workload.peers).map(({ name }) => name);
  // One name stands for all peers of this library; there need not be a file of that name.
  const ours = others.some(isOurs) ? ["berkeley"] : [];
  return [...new Set([...Object.keys(programsOf(workload)), ...ours, ...others])];
}

/** @param {Workload} workload @param {Plan} plan @param {Record<string, string>} skipped */
function contendersOf(workload, { peers: only }, skipped) {
  const names = only ?? workload.only;
  const wanted = (/** @type {string} */ name) => !names || names.includes(name);
  /** @type {Contender[]} */
  const contenders = [];
  const { variants = [{ label: "", args: [] }] } = workload;
  for (const [name, programOf] of Object.entries(programsOf(workload))) {
    if (!wanted(name)) continue;
    contenders.push({
      name,
      command: (address, which) => {
        const [program = "", ...options] = programOf(which);
        return [programPath(program), ...options, address];
      },
    });
  }
  for (const { name, command } of peersIn(workload.peers)) {
    if (!wanted(name) && !(isOurs(name) && wanted("berkeley"))) continue;
    if (!command) {
      skipped[name] = "not installed";
      continue;
    }
    for (const { label, args } of variants) {
      contenders.push({
        name: label ? `${name}, ${label}` : name,
        command: (address, which) =>
          [...command, address, ...(workload.args?.(which) ?? []), ...args].map(String),
      });
    }
  }
  return contenders;
}

/**
 * @param {Workload} workload
 * @param {Plan} plan
 * @param {number} budgetMs after the first round, none begins that would end later than this; and if
 *   the first takes longer, only the trials that the targets need are still made
 * @returns {AsyncGenerator<Result>}
 */
export async function* runWorkload(workload, plan, budgetMs) {
  const began = Date.now();
  const cases = casesOf(workload, plan);
  for (const [index, which] of cases.entries()) {
    /** @type {Result} */
    const result = { workload: workload.name, case: which, reports: {}, skipped: {} };
    const contenders = contendersOf(workload, plan, result.skipped).filter(
      ({ name }) => !workload.leavesOut?.(which, name),
    );
    const endsMs = began + (budgetMs * (index + 1)) / cases.length;
    const rounds = roundsOf(workload, plan);
    let roundMs = 0;
    for (let round = 0; round < rounds; round++) {
      if (round > 0 && Date.now() + roundMs > endsMs) break;
      const roundBegan = Date.now();
      // Each round begins with another contender, so that none always runs after the same one.
      const first = round % Math.max(1, contenders.length);
      for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const { name } = contender;
        const isNeeded = neededBy(workload).includes(name);
        if (Date.now() > endsMs && round === 0 && !isNeeded) {
          result.skipped[name] = "no time left; without --quick there is";
          continue;
        }
        progress(`${workload.name} (${which.label}) round ${round + 1}/${rounds}: ${name}`);
        await addTrial(workload, plan, which, contender, result, round);
      }
      roundMs = Date.now() - roundBegan;
    }
    progress("");
    yield result;
  }
}

/**
 * @param {Workload} workload @param {Plan} plan @param {Case} which
 * @param {Contender} contender @param {Result} result @param {number} round
 */
async function addTrial(workload, plan, which, contender, result, round) {
  const { name, command } = contender;
  if (result.skipped[name]) return;
  result.reports[name] ??= [];
  try {
    const make = (/** @type {string} */ address) => command(address, which);
    const times = {
      seconds: secondsOf(workload, plan, which),
      warmup: warmupOf(workload, plan),
    };
    result.reports[name][round] = await runTrial(workload, which, name, make, times);
  } catch (error) {
    result.skipped[name] = /** @type {Error} */ (error).message;
  }
}

/** The contenders without which no target can be judged. @param {Workload} workload */
const neededBy = (workload) => {
  const ours = oursIn(workload);
  return [ours, baseOf(workload, ours), ...(workload.targets ?? []).map(({ to }) => to)];
};

const PROGRESS_EVERY_MS = 10_000;
let saidMs = 0;

/** On a terminal a single line that changes; elsewhere a line now and then. @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${text.slice(0, 100)}`);
  } else if (text !== "" && Date.now() - saidMs >= PROGRESS_EVERY_MS) {
    saidMs = Date.now();
    process.stderr.write(`${Math.round(process.uptime())} s: ${text}\n`);
  }
}
