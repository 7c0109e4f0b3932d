// Counts the instructions that native/sys takes for fixed work (core.c), with callgrind.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fail, output, root, run } from "../../scripts/lib.mjs";

const ROUNDS = 20;
const COUNT = 50; // core.c's
const cc = process.env.CC ?? "cc";
const program = join(root, "build/guard/core");

/** The options with which scripts/build-native.mjs builds the core for the library. */
export function buildCore() {
  const sys = readdirSync(join(root, "native/sys"))
    .filter((name) => name.endsWith(".c"))
    .map((name) => join("native/sys", name));
  const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", "-g", "-Inative/sys"];
  // Symbols are bound at the start, not when each is first called.
  run(cc, [...flags, "test/guard/core.c", ...sys, "-Wl,-z,now", "-o", program]);
}

/** The compiler that a figure belongs to: another one makes other instructions. */
export const compiler = () => `${output(cc, ["--version"]).split("\n")[0]}, ${process.arch}`;

/** @param {string} operation */
function perMessage(operation) {
  const options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
  const { status, stderr, error } = spawnSync(
    "valgrind",
    [...options, "--toggle-collect=measured_*", program, operation, String(ROUNDS)],
    { cwd: root, encoding: "utf8" },
  );
  const collected = /Collected : (\d+)/.exec(stderr ?? "")?.[1];
  if (status !== 0 || !collected) fail(`valgrind: ${error?.message ?? stderr}`);
  return Number(collected) / (ROUNDS * COUNT);
}

export const instructions = [
  { name: "a message received and sent, 50 ready sockets", operation: "echo" },
  { name: "a datagram sent and received, with addresses", operation: "address" },
  { name: "a datagram sent and received, 50 a call", operation: "batch" },
].map(({ name, operation }) => ({ name, measure: () => perMessage(operation) }));
