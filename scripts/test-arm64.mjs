// Cross-builds the native core for linux-arm64 and runs the tests on it, emulated by qemu-user: the
// C tests of native/sys, and the JavaScript tests on an arm64 build of Node. On an arm64 machine
// `npm test` is all that is needed.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, fetchNode, root, run } from "./lib.mjs";

const { args: words } = command(
  "npm run test:arm64 --",
  "Cross-builds for linux-arm64 and runs the tests under qemu-user. Needs Debian's packages " +
    "gcc-aarch64-linux-gnu, libstdc++6-arm64-cross and qemu-user.",
  "npm run test:arm64 -- address stream",
)
  .argument("[words...]", "only the JavaScript tests whose path has one of these")
  .parse();

const CC = "aarch64-linux-gnu-gcc";
const QEMU = "qemu-aarch64 -L /usr/aarch64-linux-gnu";

run(process.execPath, ["scripts/test-native.mjs", "--plain", "--run", QEMU], { CC });

const target = ["--target", "linux-arm64"];
run(process.execPath, ["scripts/build-native.mjs", ...target], { CC });
run("npm", ["run", "--silent", "build:ts"]);
run("npm", ["run", "--silent", "build:test"]);

// The emulator runs a single program; if that wants to start Node again, it has to start the emulator.
const dir = join(root, "build/arm64");
const node = join(dir, "node");
const hook = join(dir, "execpath.cjs");
mkdirSync(dir, { recursive: true });
writeFileSync(node, `#!/bin/sh\nexec ${QEMU} ${fetchNode("20", "arm64")} "$@"\n`, { mode: 0o755 });
writeFileSync(hook, `process.execPath = ${JSON.stringify(node)};\n`);
run(node, ["scripts/test.mjs", ...words], { NODE_OPTIONS: `--require=${hook}` });
