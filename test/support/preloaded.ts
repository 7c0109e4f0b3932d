/** Programs that find other functions in the place of some of the C library's. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Directory, root } from "./machine.js";

/** Why that cannot be: a sanitizer's own functions take the place of any others. */
export const cannotPreload =
  process.env.LD_PRELOAD === undefined ? false : "something else is preloaded";

/** What an ES module prints that is given `args`, with the functions of the C file `source` (a path in `test/`). */
export function outputPreloaded(
  source: string,
  program: string,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): string {
  using folder = new Directory();
  const preload = join(folder.path, "preload.so");
  const file = join(root, "test", source);
  execFileSync(process.env.CC ?? "cc", ["-shared", "-fPIC", "-o", preload, file, "-ldl"]);
  return execFileSync(process.execPath, ["--input-type=module", "-e", program, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...environment, LD_PRELOAD: preload },
  });
}
