import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";

const root = dirname(createRequire(import.meta.url).resolve("berkeley/package.json"));
const node = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });

const machineCongestionControl = readFileSync(
  "/proc/sys/net/ipv4/tcp_congestion_control",
  "utf8",
).trim();

test("a workload runs, prints its table and writes its reports", () => {
  const folder = mkdtempSync(join(tmpdir(), "berkeley-bench-"));
  const json = join(folder, "results.json");
  const options = ["--rounds", "1", "--seconds", "0.05", "--warmup", "0.05", "--json", json];
  for (const [workload = "", ...which] of [
    ["tcp-echo", "--conns", "2", "--size", "64"],
    ["growth", "--conns", "10"],
    ["import"],
  ]) {
    // `bare` alone knows the native module's memory, which may change under it.
    const others: Record<string, string> = { "tcp-echo": "c,bare", import: "empty" };
    const peers = `${others[workload] ?? "c"},berkeley`;
    const { status, stdout, stderr } = node(
      ...["bench/run.mjs", workload, ...which, "--peers", peers, ...options],
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^${workload} \\(`, "m"));
    assert.match(stdout, /^berkeley {2,}/m);
    assert.match(
      stderr,
      new RegExp(`${workload} .*round 1/1`),
      "progress, though this is no terminal",
    );
    const { results, machine } = JSON.parse(readFileSync(json, "utf8"));
    const isAsItWas = /measured in the machine's network|tcp_congestion_control: /.test(stderr);
    assert.equal(machine.congestionControl, isAsItWas ? machineCongestionControl : "reno");
    assert.ok(stdout.includes(`TCP ${machine.congestionControl}`));
    assert.equal(results.length, 1);
    assert.deepEqual(results[0].skipped, {});
    for (const peer of peers.split(",")) {
      const [report] = results[0].reports[peer];
      assert.ok(report.ops > 0 && report.watched.user + report.watched.system > 0, peer);
    }
  }
  rmSync(folder, { recursive: true });
});

test("--help has examples, and an unknown workload is an error", () => {
  assert.match(node("bench/run.mjs", "--help").stdout, /Examples:\n {2}npm run bench -- --quick/);
  const { status, stderr } = node("bench/run.mjs", "tpc-echo");
  assert.equal(status, 1);
  assert.match(stderr, /no workload tpc-echo/);
});

test("every peer that a target names is one that is measured", () => {
  const program = `
    import { peersIn } from "./bench/lib/peers.mjs";
    import { workloads } from "./bench/lib/workloads.mjs";
    const rows = workloads.map(({ name, targets = [], peers, variants = [{ label: "" }] }) => ({
      name,
      targets: targets.map(({ to }) => to),
      peers: peersIn(peers).flatMap(({ name }) =>
        variants.map(({ label }) => label ? name + ", " + label : name)),
    }));
    console.log(JSON.stringify(rows));`;
  const { stdout, stderr } = node("--input-type=module", "--eval", program);
  assert.equal(stderr, "");
  for (const { name, targets, peers } of JSON.parse(stdout)) {
    for (const to of targets) assert.ok(to === "c" || peers.includes(to), `${name}: ${to}`);
  }
});
