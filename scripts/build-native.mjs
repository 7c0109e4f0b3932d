// Compiles the native core with nothing but the C compiler: no node-gyp, no Python, no Node headers.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { command, fail, root, words } from "./lib.mjs";
import { crossCompilers, lackOf, moduleOf, sources, targetOf, targets } from "./native.mjs";

const program = command(
  "npm run build:native --",
  "Compiles the native core, unless what is there is up to date. CC is the compiler (cc), CFLAGS and " +
    "LDFLAGS are further arguments for it.",
  "CC=aarch64-linux-gnu-gcc npm run build:native -- --target linux-arm64",
)
  .option(
    "--target <target>",
    `the platform and architecture to build for: ${targets.join(" or ")}`,
    `${process.platform}-${process.arch}`,
  )
  .option(
    "--sanitize",
    "under AddressSanitizer and UndefinedBehaviorSanitizer, into build/sanitize/",
  )
  .option("--force", "build even if nothing is newer")
  .parse();
const { target, sanitize, force } = program.opts();
if (!targets.includes(target)) {
  program.error(`error: no target ${target}; there are ${targets.join(", ")}`);
}

const output = sanitize ? join(root, "build/sanitize/berkeley.node") : moduleOf(target);
if (!force && lackOf(target, output) === undefined) process.exit(0);

const { include_dir: nodeApi } = createRequire(import.meta.url)("node-api-headers");
const optimize = sanitize
  ? [
      "-O1",
      "-g",
      "-fno-omit-frame-pointer",
      "-fsanitize=address,undefined",
      "-fno-sanitize-recover=all",
    ]
  : ["-O2"];
const args = [
  ...["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden", "-shared"],
  ...optimize,
  ...words(process.env.CFLAGS),
  ...["-isystem", nodeApi],
  ...sources,
  ...["-o", output],
  ...words(process.env.LDFLAGS),
];
mkdirSync(dirname(output), { recursive: true });
const cc = process.env.CC ?? "cc";
try {
  execFileSync(cc, args, { stdio: "inherit" });
} catch (error) {
  const why =
    error.code === "ENOENT"
      ? `no C compiler: ${cc} was not found (set CC, or install gcc)`
      : `${cc} failed`;
  fail(`build-native: ${why}`);
}
// A compiler that is not a cross-compiler builds for its own machine, and says nothing.
const made = targetOf(output);
if (made !== target) {
  rmSync(dirname(output), { recursive: true });
  fail(
    `build-native: ${cc} builds for ${made ?? "another processor"}, not for ${target}: ` +
      `set CC to a cross-compiler, as in CC=${crossCompilers[target]}`,
  );
}
