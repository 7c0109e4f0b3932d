// Runs the compiled tests: all, or the files whose path has one of the words given.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { command, root } from "./lib.mjs";

const { args: words } = command(
  "node scripts/test.mjs",
  "Runs the compiled tests; npm run build:test comes first.",
  "node scripts/test.mjs conformance",
)
  .argument("[words...]", "only the files whose path has one of these")
  .parse();
/** These need another kernel: `npm run test:kernel` and `test:full-kernel` run them in one. */
const ELSEWHERE = [join("test", "kernel"), join("test", "full-kernel")];
const files = readdirSync(join(root, "build/test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js"))
  .map((name) => join("build", "test", name))
  .filter((name) => !ELSEWHERE.some((folder) => name.includes(folder)))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();
if (files.length === 0) {
  // Without any file, Node would run whatever it finds.
  console.error(`no compiled test has ${words.join(" or ")} in its path (npm run build:test)`);
  process.exit(1);
}
/** No file takes a minute, or two under emulation: one that takes this long waits for something that never
 *  comes, and would hold up all the others. */
const HANGS_AFTER_MS = 10 * 60_000;
const [major, minor] = process.versions.node.split(".").map(Number);
const since = (option, minorOf20) => (major > 20 || minor >= minorOf20 ? [option] : []);
const options = [
  "--expose-gc",
  "--test",
  // By default Node leaves one core idle, which is half of two.
  ...since(`--test-concurrency=${availableParallelism() + 1}`, 10),
  ...since(`--test-timeout=${HANGS_AFTER_MS}`, 11),
];
/** A PATH that begins with the folders of the programs that the tests start a few hundred times: this
 *  Node, and Python itself, since a version manager's `python3` is a script that takes several times as
 *  long to start. */
function searchPath() {
  const folders = [process.execPath];
  const asked = spawnSync("python3", ["-c", "import sys; print(sys.executable)"]);
  if (asked.status === 0) folders.push(asked.stdout.toString().trim());
  return [...folders.map(dirname), process.env.PATH].join(delimiter);
}
/** If that is set, Node reads all certificates when it starts, which takes as long as the rest of its
 *  start. No test speaks TLS. */
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
/** A Unix path has room for 107 bytes, and what the tests make in this folder takes up to half of them. */
const LONGEST_TMPDIR = 54;
const isLong = Buffer.byteLength(tmpdir()) > LONGEST_TMPDIR;
const env = { ...inherited, PATH: searchPath(), ...(isLong && { TMPDIR: "/tmp" }) };
const run = spawnSync(process.execPath, [...options, ...files], {
  cwd: root,
  env,
  stdio: "inherit",
});
process.exit(run.status ?? 1);
