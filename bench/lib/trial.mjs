// One trial: the measured program runs on one core, the load generator on another, and gives one figure.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "./build.mjs";
import { start } from "./process.mjs";

/** @import { Case, Workload } from "./workload.mjs" */
/** @import { Running } from "./process.mjs" */

/**
 * What a load generator reports. `watched` is the measured process, over the same window.
 * @typedef {object} Report
 * @property {number} ops
 * @property {number} bytes
 * @property {number} seconds
 * @property {number} user
 * @property {number} system
 * @property {{ user: number, system: number, rssKiB: number, maxRssKiB: number }} watched
 * @property {number} [p50] microseconds, as are the next two
 * @property {number} [p99]
 * @property {number} [p999]
 * @property {number} [beforeKiB]
 * @property {number} [afterKiB]
 * @property {number} [conns]
 */

const MEASURED_CORE = 0;
const LOAD_CORE = availableParallelism() > 1 ? 1 : 0;

/**
 * @param {Workload} workload
 * @param {Case} which
 * @param {string} peer
 * @param {(address: string) => string[]} command the measured program
 * @param {{ seconds: number, warmup: number }} times
 * @returns {Promise<Report>}
 */
export async function runTrial(workload, which, peer, command, times) {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const nofile = which.conns && which.conns > 1000 ? which.conns + 1000 : undefined;
  const measuredOn = { core: workload.sharesCores ? null : MEASURED_CORE, nofile };
  const loadOn = { core: workload.sharesCores ? null : LOAD_CORE, nofile };
  const [program = "", ...loadArgs] = workload.load(which, peer);
  const load = [programPath(program), ...loadArgs];
  const window = ["--seconds", String(times.seconds), "--warmup", String(times.warmup)];
  const path = join(folder, "socket");
  /** @type {Running[]} */
  const running = [];
  const run = (/** @type {Parameters<typeof start>} */ ...args) => {
    const child = start(...args);
    running.unshift(child);
    return child;
  };
  /** The address on which the program that was started first listens. @param {Running} child */
  const address = async (child) => {
    const port = (await child.line()).split(" ")[1];
    return workload.unix ? path : `127.0.0.1:${port}`;
  };
  const listenAt = workload.unix ? path : "127.0.0.1:0";
  try {
    if (workload.measures === "run") {
      const child = run([...load, "--", ...command("")], loadOn);
      return JSON.parse(await child.line());
    }
    if (workload.measures === "client") {
      const generator = run([...load, listenAt, ...window, "--watch", "stdin"], loadOn);
      const at = await address(generator);
      const client = run(command(at), measuredOn);
      generator.write(`${client.pid}\n`);
      return JSON.parse(await generator.line());
    }
    const server = run(command(listenAt), measuredOn);
    const at = await address(server);
    const generator = run([...load, at, ...window, "--watch", String(server.pid)], loadOn);
    return JSON.parse(await generator.line());
  } finally {
    for (const child of running) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
