// Builds native/sys with its C tests (test/native) under sanitizers and runs them. Output is TAP.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { command, root, run, words } from "./lib.mjs";

const options = command(
  "npm run test:native --",
  "Builds the C tests under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer, and runs " +
    "them. CC is the compiler (cc), CFLAGS are further arguments for it.",
  "CC=aarch64-linux-gnu-gcc npm run test:native -- --plain " +
    '--run "qemu-aarch64 -L /usr/aarch64-linux-gnu"',
)
  .option("--plain", "without the sanitizers")
  .option(
    "--run <command>",
    "an emulator to run the program (tests of the kernel's own checks are skipped)",
    "",
  )
  .parse()
  .opts();

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
  "-Wl,--wrap=close,--wrap=connect", // descriptor_test.c and socket_test.c replace these
  ...["-o", program],
]);
const [first, ...rest] = [...words(options.run), program];
run(first, rest, {
  ASAN_OPTIONS: "detect_leaks=1",
  ...(options.run === "" ? {} : { SYSCALLS_EMULATED: "1" }),
});
