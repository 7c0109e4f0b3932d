// Checks that the native modules run wherever Node does: they need no symbol of a newer glibc than
// Node's own binaries need.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { command, fail, output, root } from "./lib.mjs";

command(
  "node scripts/check-glibc.mjs",
  "Checks that the native modules in prebuilds/ need no newer glibc than Node does. Needs readelf.",
  "node scripts/check-glibc.mjs",
).parse();

/** What Node 20 and all later versions need (Node's BUILDING.md, "Platform list"). */
const NEWEST_GLIBC = "2.28";

const order = new Intl.Collator("en", { numeric: true }).compare;
const dir = join(root, "prebuilds");
for (const target of existsSync(dir) ? readdirSync(dir) : fail("nothing is built")) {
  const file = join(dir, target, "berkeley.node");
  const symbols = output("readelf", ["--wide", "--dyn-syms", file]);
  const versions = [...symbols.matchAll(/@GLIBC_([\d.]+)/g)].map(([, version]) => version);
  const newest = versions.sort(order).at(-1) ?? fail(`${target}: no symbol of glibc at all`);
  console.log(`${target}: needs glibc ${newest}`);
  if (order(newest, NEWEST_GLIBC) > 0) {
    const lines = symbols.split("\n").filter((line) => line.includes(`@GLIBC_${newest}`));
    fail(`newer than ${NEWEST_GLIBC}:\n${lines.join("\n")}`);
  }
}
