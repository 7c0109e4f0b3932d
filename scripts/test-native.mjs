// Builds native/sys with its C tests (test/native) under sanitizers and runs them. Output is TAP.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, run, words } from "./lib.mjs";

const help = `usage: node scripts/test-native.mjs [--plain] [--run "COMMAND"]

  --plain    without AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer
  --run      the emulator that runs the program (tests of a kernel's own checks are skipped)
  CC, CFLAGS the compiler (cc) and what it is given besides

example: CC=aarch64-linux-gnu-gcc node scripts/test-native.mjs --plain \\
           --run "qemu-aarch64 -L /usr/aarch64-linux-gnu"
`;
const { values: options } = parseArgs({
  options: {
    plain: { type: "boolean", default: false },
    run: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const sources = ["native/sys", "test/native"].flatMap((dir) =>
  readdirSync(join(root, dir))
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(dir, name)),
);
const cc = process.env.CC ?? "cc";
const program = `build/native-test/${cc}-${options.plain ? "plain" : "sanitized"}`;
mkdirSync(join(root, "build/native-test"), { recursive: true });
run(cc, [
  ...["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"],
  ...(options.plain ? [] : ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]),
  ...words(process.env.CFLAGS),
  ...["-Inative/sys", "-Itest/native", ...sources],
  "-Wl,--wrap=close,--wrap=connect", // descriptor_test.c and socket_test.c stand in for these
  ...["-o", program],
]);
const [command, ...args] = [...words(options.run), program];
run(command, args, {
  ASAN_OPTIONS: "detect_leaks=1",
  ...(options.run === "" ? {} : { SYSCALLS_EMULATED: "1" }),
});
