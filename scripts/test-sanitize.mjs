// Runs the JavaScript tests with the native core under AddressSanitizer and
// UndefinedBehaviorSanitizer. One of them looks for leaks (test/hard/leaks.test.ts): in the
// others it would find Node's own, which exits with memory in use.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { command, fail, output, root, run } from "./lib.mjs";

const { args: words } = command(
  "npm run test:sanitize --",
  "Runs the tests with the native core under sanitizers. CC is the compiler (cc), which has to be gcc.",
  "npm run test:sanitize -- stream",
)
  .argument("[words...]", "only the tests whose path has one of these")
  .parse();

const cc = process.env.CC ?? "cc";
const addon = join(root, "build/sanitize/berkeley.node");
// Node is not built with the sanitizer, so its runtime has to be loaded before everything else.
const runtime = output(cc, ["-print-file-name=libasan.so"]).trim();
if (!existsSync(runtime)) fail(`${cc} has no libasan.so: take gcc (CC=gcc)`);

const env = {
  LD_PRELOAD: runtime,
  BERKELEY_ADDON: addon,
  ASAN_OPTIONS: "detect_leaks=0:halt_on_error=1",
  UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
};
run(process.execPath, ["scripts/build-native.mjs", "--sanitize"]);
run("npm", ["run", "--silent", "build:ts"]);
run("npm", ["run", "--silent", "build:test"]);

// With another core the tests would pass as well, but prove nothing.
const maps = `import("berkeley").then(() =>
  console.log(fs.readFileSync("/proc/self/maps", "utf8")))`;
const loaded = output(process.execPath, ["-e", maps], { env: { ...process.env, ...env } });
if (!loaded.includes(addon)) fail("the tests would not load the core under the sanitizers");
run(process.execPath, ["scripts/test.mjs", ...words], env);
