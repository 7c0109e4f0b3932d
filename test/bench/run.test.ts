import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after } from "node:test";

const root = dirname(createRequire(import.meta.url).resolve("berkeley/package.json"));
/** As CI may have it: what programs print for each other is no place for colours. */
const env = { ...process.env, FORCE_COLOR: "1" };
const node = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", env });

const machineCongestionControl = readFileSync(
  "/proc/sys/net/ipv4/tcp_congestion_control",
  "utf8",
).trim();

const folder = mkdtempSync(join(tmpdir(), "berkeley-bench-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs a workload, and gives what it printed and wrote. */
function measure(seconds: number, ...args: string[]) {
  const json = join(folder, "results.json");
  const times = ["--rounds", "1", "--seconds", `${seconds}`, "--warmup", "0.05"];
  const { status, stdout, stderr } = node("bench/run.mjs", ...args, ...times, "--json", json);
  assert.equal(status, 0, stderr);
  return { stdout, stderr, ...JSON.parse(readFileSync(json, "utf8")) };
}

for (const [workload, which, others] of [
  // `bare` alone knows the native module's memory, which may change under it.
  ["tcp-echo", ["--conns", "2", "--size", "64"], ["c", "bare"]],
  ["growth", ["--conns", "10"], ["c"]],
  ["import", [], ["empty"]],
] as const) {
  const peers = [...others, "berkeley"];
  test(`${workload} runs, prints its table and writes its reports`, () => {
    let idle: string[] = peers;
    // In a twentieth of a second a busy machine may not come to measure anything.
    for (let seconds = 0.05; idle.length > 0 && seconds < 10; seconds *= 10) {
      const args = [workload, ...which, "--peers", peers.join()];
      const { results, machine, stdout, stderr } = measure(seconds, ...args);
      assert.match(stdout, new RegExp(`^${workload} \\(`, "m"));
      assert.match(stdout, /^berkeley {2,}/m);
      assert.match(
        stderr,
        new RegExp(`${workload} .*round 1/1`),
        "progress, though this is no terminal",
      );
      const isAsItWas = /measured in the machine's network|tcp_congestion_control: /.test(stderr);
      assert.equal(machine.congestionControl, isAsItWas ? machineCongestionControl : "reno");
      assert.ok(stdout.includes(`TCP ${machine.congestionControl}`));
      assert.equal(results.length, 1);
      assert.deepEqual(results[0].skipped, {});
      idle = peers.filter((peer) => {
        const [{ ops, watched }] = results[0].reports[peer];
        return !(ops > 0 && watched.user + watched.system > 0);
      });
    }
    assert.deepEqual(idle, [], "nothing was measured of these");
  });
}

test("the work of a peer's child processes is its own", () => {
  const { results } = measure(0.5, "reuseport", "--peers", "net");
  const [{ ops, watched }] = results[0].reports["net, 2 workers"];
  assert.ok(ops > 0);
  // Each message is 100 us of work, if not all of it on a processor that others want, too.
  assert.ok((watched.user + watched.system) / ops > 5e-6, JSON.stringify(watched));
});

test("--help has examples, and an unknown workload is an error", () => {
  assert.match(node("bench/run.mjs", "--help").stdout, /Examples:\n {2}npm run bench -- --quick/);
  const { status, stderr } = node("bench/run.mjs", "tpc-echo");
  assert.equal(status, 1);
  assert.match(stderr, /no workload tpc-echo/);
});

test("a peer that none of the workloads has is an error, which names those there are", () => {
  const { status, stdout, stderr } = node("bench/run.mjs", "tcp-echo", "--peers", "c,zzz,dgram");
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(
    stderr,
    /^error: no peer zzz, dgram; there are c, c_uring, c_together, berkeley, .*\n$/,
  );
});

test("peers are asked for as the C programs, the files, and berkeley for all of ours", () => {
  const program = `
    import { peerNames } from "./bench/lib/rounds.mjs";
    import { workloads } from "./bench/lib/workloads.mjs";
    console.log(JSON.stringify(workloads.map((each) => [each.name, peerNames(each)])));`;
  const { stdout, stderr } = node("--input-type=module", "--eval", program);
  assert.equal(stderr, "");
  const names = Object.fromEntries(JSON.parse(stdout));
  for (const [workload, name] of [
    ["tcp-echo", "bare"],
    ["udp-recv", "berkeley-loop"],
    ["growth", "bun"], // is asked for, or else not measured
    ["sync-pingpong-tcp", "berkeley"], // which has no file of that name
    ["import", "empty"],
  ] as const) {
    assert.ok(names[workload].includes(name), `${workload}: ${name}`);
  }
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
