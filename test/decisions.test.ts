/** The list of decisions has a line for each, with its title. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./support/machine.js";

test("docs/decisions/README.md lists every decision by number, under its title", () => {
  const folder = join(root, "docs/decisions");
  const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
  const pages = readdirSync(folder).filter((name) => name !== "README.md");
  const listed = textOf("README.md").match(/^\| \d{3} \| \[.*\]\(\S+\) \|/gm);
  assert.deepEqual(
    listed,
    pages.sort().map((name) => {
      const title = textOf(name).match(/^# (.*)/)?.[1];
      return `| ${name.slice(0, 3)} | [${title}](${name}) |`;
    }),
  );
});
