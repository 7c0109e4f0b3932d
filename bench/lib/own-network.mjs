// The benchmark runs in a network of its own: see bench/c/own_network.c.
import { spawnSync } from "node:child_process";
import { programPath } from "./build.mjs";

const MARK = "BERKELEY_BENCH_NETWORK";

/** Runs this program once more in a network of its own, and exits with its status. In there it does
 *  nothing. */
export function enterOwnNetwork() {
  if (process.env[MARK] !== undefined) return;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status, error } = spawnSync(programPath("own_network"), again, {
    stdio: "inherit",
    env: { ...process.env, [MARK]: "own" },
  });
  if (error) throw error;
  process.exit(status ?? 1);
}
