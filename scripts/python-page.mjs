#!/usr/bin/env node
/** Writes docs/python.md: each name of Python's socket module, and ours; `npm run build` first. */
import { readFileSync, writeFileSync } from "node:fs";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
import { command, markdownTable } from "./lib.mjs";
import { functionNotes, groups, head, members, missing, others } from "./python-page/words.mjs";

const { check: isCheck } = command(
  "node scripts/python-page.mjs",
  "Writes docs/python.md from test/data/python-3.13-socket.json and the package as it is built.",
  "node scripts/python-page.mjs --check",
)
  .option("--check", "write nothing; exit 1 if the committed file is not what would be written")
  .parse()
  .opts();

class PageError extends Error {}

const root = new URL("../", import.meta.url);
const file = new URL("docs/python.md", root);
const read = (name) => JSON.parse(readFileSync(new URL(`test/data/${name}`, root), "utf8"));
const python = read("python-3.13-socket.json");
/** The first Python was built without bluetooth's headers, this one with them. */
const constants = { ...read("python-3.11-bluetooth-socket.json").constants, ...python.constants };

/** `recv_into` → `recvInto`; the few names that do not follow this rule are in words.mjs. */
const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** A name must be there in both faces; if it is not, words.mjs must say why. */
function mustBe(has, name) {
  for (const [face, target] of [
    ["berkeley", berkeley],
    ["berkeley/sync", sync],
  ]) {
    if (!has(target)) throw new PageError(`${name} is not in ${face}; say why in words.mjs`);
  }
}

const code = (name) => `\`${name}\``;

function memberRow(name) {
  if (missing.members[name] !== undefined) return [code(name), "—", missing.members[name]];
  const { ours = camelCase(name), note = "" } = members[name] ?? {};
  mustBe((face) => ours in face.Socket.prototype, `Socket.prototype.${ours}`);
  return [code(name), code(ours), note];
}

function functionRow(name) {
  const { ours = camelCase(name), note = "" } = functionNotes[name] ?? {};
  mustBe((face) => typeof face[ours] === "function" || typeof face[ours] === "boolean", ours);
  return [code(name), code(ours), note];
}

function otherRow(name) {
  if (missing.others[name] !== undefined) return [code(name), "—", missing.others[name]];
  const other = others[name];
  if (other === undefined) throw new PageError(`${name}: say in words.mjs what stands for it`);
  if (other.exported) mustBe((face) => other.exported in face, other.exported);
  return [code(name), other.ours, other.note ?? ""];
}

/** A line for each group of constants: all names that fit its pattern, and that no line before it has. */
function constantGroups() {
  const left = new Set(Object.keys(constants));
  const lines = groups.map(([title, pattern]) => {
    const names = [...left].filter((name) => pattern.test(name));
    for (const name of names) left.delete(name);
    if (names.length === 0) throw new PageError(`no constant is left for "${title}"`);
    return `- **${title}** (${names.length}): ${names.map(code).join(" ")}`;
  });
  if (left.size > 0) throw new PageError(`in no group of words.mjs: ${[...left].join(" ")}`);
  return lines.join("\n");
}

function page() {
  for (const [name, value] of Object.entries(constants)) {
    mustBe((face) => face.constants[name] === value && face[name] === value, name);
  }
  const names = Object.keys(python.others);
  const isFunction = (name) =>
    /^(function|bool)$/.test(python.others[name]) && missing.others[name] === undefined;
  const [functions, rest] = [names.filter(isFunction), names.filter((name) => !isFunction(name))];
  const count = Object.keys(constants).length;
  return `${head(python.python)}
## Functions

${markdownTable(["Python", "berkeley", ""], functions.map(functionRow))}

## What a socket has

${markdownTable(["Python", "berkeley", ""], python.members.map(memberRow))}

## Classes, exceptions and the rest

${markdownTable(["Python", "berkeley", ""], rest.map(otherRow))}

## Constants

All ${count} are here, with the same names and values, as named exports and in \`constants\`:

${constantGroups()}
`;
}

function main() {
  const made = page();
  if (!isCheck) return writeFileSync(file, made);
  if (readFileSync(file, "utf8") === made) return;
  throw new PageError("docs/python.md is not up to date: node scripts/python-page.mjs");
}

try {
  main();
} catch (error) {
  if (!(error instanceof PageError)) throw error;
  console.error(`python-page: ${error.message}`);
  process.exitCode = 1;
}
