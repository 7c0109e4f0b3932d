import { execFileSync } from "node:child_process";
import { root } from "./machine.js";
import { environmentFor } from "./peers.js";

/** What an ES module prints if some of its system calls fail. `injected` is as in strace(1):
 *  `accept4:error=EMFILE:when=1`. */
export function outputInjected(injected: string, program: string): string {
  const { LD_PRELOAD } = process.env;
  // A sanitizer is meant for our core, not for strace.
  const preload = LD_PRELOAD === undefined ? [] : ["-E", `LD_PRELOAD=${LD_PRELOAD}`];
  const [names] = injected.split(":");
  const options = ["-qq", "-o", "/dev/null", "-e", `trace=${names}`, "-e", `inject=${injected}`];
  const command = [process.execPath, "--input-type=module", "-e", program];
  return execFileSync("strace", [...options, ...preload, ...command], {
    cwd: root,
    encoding: "utf8",
    env: environmentFor("strace"),
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}
