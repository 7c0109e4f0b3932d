// Whether the library has become slower, without a clock: system calls and instructions are counted
// on fixed work and compared with what is recorded in test/guard/recorded.json. Needs strace and
// valgrind.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildCore, compiler, instructions } from "../test/guard/instructions.mjs";
import { systemCalls } from "../test/guard/syscalls.mjs";
import { fail, root } from "./lib.mjs";

const help = `usage: npm run test:guard [-- --record]

  --record   write what is counted into test/guard/recorded.json, where it is meant to have changed

The library has to be built (npm run build). CC is the compiler (cc); instructions are compared
within 5 % with the recorded compiler, within 30 % with another.
`;
const { values: options } = parseArgs({
  options: {
    record: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

/** Load on the machine adds calls now and then: the least of so many tries counts. */
const TRIES = 3;
const TOLERANCE = 0.05;
const TOLERANCE_ELSEWHERE = 0.3;
const DIGITS = 4;

const file = join(root, "test/guard/recorded.json");
const recorded = JSON.parse(readFileSync(file, "utf8"));
const rounded = (value) => Number(value.toFixed(DIGITS));
let failures = 0;

/** Prints a figure beside its limit. */
function report(name, value, limit, why) {
  const isOver = !options.record && !(value <= limit);
  if (isOver) failures++;
  const verdict = options.record ? "recorded" : isOver ? "FAILED" : "ok";
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
    !options.record && Math.min(...all) <= limit && Math.min(...path) <= figures[name] + slack;
  while (all.length < TRIES && !isEnough()) {
    const calls = await measure();
    all.push(calls.all);
    path.push(calls.path);
  }
  if (options.record) figures[name] = rounded(path.sort((a, b) => a - b)[TRIES >> 1]);
  report(`${name}: all calls`, Math.min(...all), limit, "the limit");
  report(`${name}: without heap and threads`, Math.min(...path), figures[name] + slack, "recorded");
}

function checkInstructions({ name, measure }, isSameCompiler) {
  const { figures } = recorded.instructions;
  const value = measure();
  if (options.record) figures[name] = rounded(value);
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
if (options.record) recorded.instructions.compiler = here;
console.log(`instructions of native/sys (${here}; recorded: ${recorded.instructions.compiler})`);
if (recorded.instructions.compiler.endsWith(process.arch)) {
  for (const check of instructions) {
    checkInstructions(check, here === recorded.instructions.compiler);
  }
} else {
  console.log("left out: recorded on another architecture");
}

if (options.record) writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
if (failures > 0) {
  console.error(
    `${failures} over the limit. If it is meant to be so: npm run test:guard -- --record, and say why.`,
  );
  process.exit(1);
}
