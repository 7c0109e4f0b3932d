import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after } from "node:test";
import { sample } from "./sample.js";

const root = dirname(createRequire(import.meta.url).resolve("berkeley/package.json"));
const out = mkdtempSync(join(tmpdir(), "berkeley-plot-"));
after(() => rmSync(out, { recursive: true }));
const results = join(out, "sample.json");
writeFileSync(results, JSON.stringify(sample));
mkdirSync(join(out, "performance"));

function plot(...args: string[]) {
  const program = join(root, "bench/plot.mjs");
  return spawnSync(process.execPath, [program, "--out", out, ...args], { encoding: "utf8" });
}

const written = (name: string) => readFileSync(join(out, name), "utf8");

/** The cells of the rows that begin with these words. */
function rows(page: string, ...begin: string[]): string[][] {
  return page
    .split("\n")
    .filter((line) => line.startsWith(`| ${begin.join(" | ")} |`))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1 + begin.length, -1),
    );
}

test("the page says how each target is met, by ratios made within a round", () => {
  const { status, stderr } = plot(results);
  assert.equal(status, 0, stderr);
  const page = written("performance.md");
  assert.match(page, /2001-02-03; 2 cores of A <fast> CPU, 8 GiB, Linux 6\.1\.0 \(x64\)/);
  assert.match(page, /node v20\.0\.0/);
  assert.deepEqual(rows(page, "tcp-echo", "64 B, 50 connections"), [
    ["at least 0.95x c", "0.96x", "0.83x", "-", "yes"],
    ["at least 1.60x net", "1.50x", "1.67x", "1.56x", "no, nor by C"],
    ["at least 1.00x bun", "-", "-", "-", "not measured"],
    ["user CPU at most 0.40x net", "0.50x", "-", "0.25x", "no"],
  ]);
  assert.deepEqual(rows(page, "import", "whole run"), [
    ["wall at most +5 ms on empty", "+4 ms", "-", "-", "yes"],
  ]);
  assert.match(
    page,
    /^3 of 6 are reached; not measured: 1\. Of the others 2 are out of reach for the C program, too\.$/m,
  );
  assert.match(page, /Not measured, 64 B, 50 connections: bun \(not installed\)\./);
});

test("a rate that is the load generator's is marked, and CPU time stands beside it", () => {
  assert.deepEqual(rows(written("performance.md"), "tcp-accept", "64 at a time"), [
    ["at least 0.85x c", "1.00x *", "0.50x", "-", "yes"],
    ["at least 2.50x net", "2.00x *", "3.00x", "2.00x", "no, nor by C"],
  ]);
});

test("growth is a line a peer over the number of connections, other workloads are bars", () => {
  const lines = written("performance/growth-cpu.svg");
  assert.match(lines, /<text class="title"[^>]*>growth: cpu \(less is better\)</);
  assert.match(lines, />cpu, us\/message</);
  for (const text of ["connections", "1", "10,000", "c", "berkeley", "net"]) {
    assert.ok(lines.includes(`>${text}</text>`), text);
  }
  const places = [...lines.matchAll(/<polyline class="line (\w+)" points="([^"]*)"/g)].map(
    ([, kind, points = ""]) => ({
      kind,
      at: points.split(" ").map((pair) => pair.split(",").map(Number)),
    }),
  );
  assert.deepEqual(
    places.map(({ kind }) => kind),
    ["base", "ours", "other"],
  );
  for (const { at } of places) {
    const steps = at.slice(1).map(([x = 0], i) => x - (at[i]?.[0] ?? 0));
    assert.equal(at.length, 5);
    assert.ok(Math.max(...steps) - Math.min(...steps) <= 1, "a tenfold is always as far");
    assert.equal(new Set(at.map(([, y]) => y)).size, 1, "the same cost is the same height");
  }
  const [c, ours, net] = places.map(({ at }) => at[0]?.[1] ?? 0);
  assert.ok(c && ours && net && c > ours && ours > net, "more is further up");
  assert.match(written("performance/tcp-echo.svg"), /<rect class="ours"/);
});

test("plots are XML, and have colours for dark and for light", (t) => {
  for (const name of ["growth-cpu", "growth-memory", "tcp-echo", "import-wall"]) {
    const text = written(`performance/${name}.svg`);
    assert.match(text, /prefers-color-scheme: dark/);
    const parse = "import sys, xml.dom.minidom as m; m.parseString(sys.stdin.read())";
    const { status, stderr, error } = spawnSync("python3", ["-c", parse], {
      input: text,
      encoding: "utf8",
    });
    if (error) t.diagnostic("python3 is missing: not parsed");
    else assert.equal(status, 0, stderr);
  }
});

test("notes come from a file of their own, and a page is made again from what was kept", () => {
  const notes = join(out, "performance/notes.md");
  writeFileSync(notes, "<!-- not this -->\nOf all of it.\n\n## tcp-echo\n\nOf the echo.\n");
  const { status, stderr } = plot();
  assert.equal(status, 0, stderr);
  const page = written("performance.md");
  assert.doesNotMatch(page, /not this/);
  assert.deepEqual(
    rows(page, "tcp-echo", "64 B, 50 connections").map((cells) => cells.at(-1)),
    ["yes", "[no, nor by C](#tcp-echo)", "not measured", "[no](#tcp-echo)"],
  );
  const at = ["Of all of it.", "## Targets", "## tcp-echo", "Of the echo.", "## tcp-accept"].map(
    (text) => page.indexOf(text),
  );
  assert.deepEqual(
    at,
    [...at].sort((a, b) => a - b),
  );
  assert.ok(at.every((index) => index >= 0));

  writeFileSync(notes, "## tcp-ehco\n\nOf the echo.\n");
  const wrong = plot();
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /"## tcp-ehco" is the name of no workload/);
  rmSync(notes);
});

test("a case without figures has those of another kernel, which is named; what is measured stays", () => {
  const lacking = sample.results.map((result) =>
    result.workload === "tcp-accept"
      ? { ...result, reports: { c: [], berkeley: [null] }, skipped: { c: "no descriptors" } }
      : result,
  );
  const first = join(out, "first.json");
  const other = join(out, "other.json");
  writeFileSync(first, JSON.stringify({ ...sample, results: lacking }));
  writeFileSync(
    other,
    JSON.stringify({ ...sample, machine: { ...sample.machine, kernel: "6.9-other" } }),
  );
  const { status, stderr } = plot(first, other);
  assert.equal(status, 0, stderr);
  for (const page of [
    written("performance.md"),
    plot().status === 0 && written("performance.md"),
  ]) {
    assert.ok(page);
    assert.deepEqual(
      rows(page, "tcp-accept", "64 at a time (Linux 6.9-other)").map(([target]) => target),
      ["at least 0.85x c", "at least 2.50x net"],
    );
    assert.deepEqual(rows(page, "tcp-accept", "64 at a time"), []);
    assert.doesNotMatch(page, /no descriptors/);
    assert.equal(rows(page, "tcp-echo", "64 B, 50 connections").length, 4);
    assert.match(page, /^2001-02-03; .* Linux 6\.1\.0 /m);
  }
});

test("a file that is not there is an error that names it", () => {
  const { status, stderr } = plot(join(out, "missing.json"));
  assert.equal(status, 1);
  assert.match(stderr, /missing\.json/);
});

test("the project's own page says of each target that is missed what is left", () => {
  const page = readFileSync(join(root, "docs/performance.md"), "utf8");
  const [, targets = ""] = page.split("## Targets");
  const reached = targets
    .split("\n## ")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| workload "))
    .map((line) => line.split("|").at(-2)?.trim());
  assert.ok(reached !== undefined && reached.length > 50);
  for (const text of reached)
    assert.match(text ?? "", /^(yes|not measured|\[no(, nor by C)?\]\(#[a-z-]+\))$/);
});
