// Compiles the native core with the C compiler alone: no node-gyp, no Python, no headers of Node.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { command, fail, root, words } from "./lib.mjs";

const options = command(
  "npm run build:native --",
  "Compiles the native core, unless nothing is newer than what is there. CC is the compiler (cc), " +
    "CFLAGS and LDFLAGS are what it is given besides.",
  "CC=aarch64-linux-gnu-gcc npm run build:native -- --target linux-arm64",
)
  .option(
    "--target <target>",
    "the platform and architecture to build for",
    `${process.platform}-${process.arch}`,
  )
  .option(
    "--sanitize",
    "under AddressSanitizer and UndefinedBehaviorSanitizer, into build/sanitize/",
  )
  .option("--force", "build even if nothing is newer")
  .parse()
  .opts();

const folder = options.sanitize ? "build/sanitize" : `prebuilds/${options.target}`;
const output = join(root, folder, "berkeley.node");
const files = (dir, end) =>
  readdirSync(join(root, dir))
    .filter((name) => name.endsWith(end))
    .map((name) => join(root, dir, name));
const sources = [...files("native/sys", ".c"), ...files("native/bind", ".c")];
const inputs = [...sources, ...files("native/sys", ".h"), ...files("native/bind", ".h")];
const newest = Math.max(...inputs.map((file) => statSync(file).mtimeMs));
if (!options.force && existsSync(output) && statSync(output).mtimeMs > newest) process.exit(0);

const { include_dir: nodeApi } = createRequire(import.meta.url)("node-api-headers");
const optimize = options.sanitize
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
