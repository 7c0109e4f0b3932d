// Finds out without a clock whether the library has become slower: for fixed work, system calls and
// instructions are counted and compared with what is recorded in test/guard/recorded.json. Needs
// strace and valgrind.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildCore, compiler, instructions } from "../test/guard/instructions.mjs";
import { systemCalls } from "../test/guard/syscalls.mjs";
import { command, fail, root } from "./lib.mjs";

const { record: isRecording } = command(
  "npm run test:guard --",
  "Counts system calls and instructions and compares them with test/guard/recorded.json; npm run " +
    "build comes first. CC is the compiler (cc); instructions are compared within 5 % with the " +
    "recorded compiler, within 30 % with another. Needs strace and valgrind.",
  "npm run test:guard -- --record",
)
  .option("--record", "record the new counts, if they are meant to have changed")
  .parse()
  .opts();

/** Load on the machine adds calls now and then, so the least of so many tries counts. */
const TRIES = 5;
const TOLERANCE = 0.05;
const TOLERANCE_ELSEWHERE = 0.3;
const DIGITS = 4;

const file = join(root, "test/guard/recorded.json");
const recorded = JSON.parse(readFileSync(file, "utf8"));
const rounded = (value) => Number(value.toFixed(DIGITS));
let failures = 0;

/** Prints a figure and its limit. */
function report(name, value, limit, why) {
  const isOver = !isRecording && !(value <= limit);
  if (isOver) failures++;
  const verdict = isRecording ? "recorded" : isOver ? "FAILED" : "ok";
  console.log(
    `${verdict.padEnd(8)}  ${value.toFixed(DIGITS)} (at most ${limit.toFixed(DIGITS)}, ${why})  ${name}`,
  );
}

async function checkSystemCalls({ name, limit, slack, measure, isLeftOut }) {
  if (isLeftOut) return console.log(`left out: ${name} (there is no io_uring)`);
  const figures = recorded.systemCalls;
  const all = [];
  const path = [];
  const isEnough = () =>
    !isRecording && Math.min(...all) <= limit && Math.min(...path) <= figures[name] + slack;
  while (all.length < TRIES && !isEnough()) {
    const calls = await measure();
    all.push(calls.all);
    path.push(calls.path);
  }
  if (isRecording) figures[name] = rounded(path.sort((a, b) => a - b)[TRIES >> 1]);
  report(`${name}: all calls`, Math.min(...all), limit, "the limit");
  report(`${name}: without heap and threads`, Math.min(...path), figures[name] + slack, "recorded");
}

function checkInstructions({ name, measure }, isSameCompiler) {
  const { figures } = recorded.instructions;
  const value = measure();
  if (isRecording) figures[name] = rounded(value);
  const tolerance = isSameCompiler ? TOLERANCE : TOLERANCE_ELSEWHERE;
  const most = figures[name] * (1 + tolerance);
  report(name, value, most, `recorded + ${tolerance * 100} %`);
}

for (const program of ["strace", "valgrind"]) {
  const { error } = spawnSync(program, ["--version"]);
  if (error) fail(`${program} is needed, and does not run: ${error.message}`);
}
mkdirSync(join(root, "build/guard"), { recursive: true });
console.log("system calls");
for (const check of systemCalls) await checkSystemCalls(check);

buildCore();
const here = compiler();
if (isRecording) recorded.instructions.compiler = here;
console.log(`instructions of native/sys (${here}; recorded: ${recorded.instructions.compiler})`);
if (recorded.instructions.compiler.endsWith(process.arch)) {
  for (const check of instructions) {
    checkInstructions(check, here === recorded.instructions.compiler);
  }
} else {
  console.log("left out: recorded on another architecture");
}

if (isRecording) writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
if (failures > 0) {
  console.error(
    `${failures} over the limit. If that is intended, run npm run test:guard -- --record, and say why.`,
  );
  process.exit(1);
}
