import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, GenerateError, namesOf, sourceOf } from "./collect.mjs";

/**
 * How C prints each kind. `long long` keeps an unsigned 32-bit value positive. A Bluetooth
 * address is written in the order of its bytes, as in Python: "00:00:00:FF:FF:FF" is BDADDR_LOCAL,
 * which BlueZ itself would print in reverse.
 */
const printers = {
  integer: (name) => `  printf("${name} %lld\\n", integers.${name}_);`,
  string: (name) => `  printf("${name} \\"%s\\"\\n", ${name});`,
  bdaddr: (name) => `  const uint8_t *${name}_ = (${name})->b;
  printf("${name} \\"");
  for (int i = 0; i < 6; i++) printf(i < 5 ? "%02X:" : "%02X\\"\\n", ${name}_[i]);`,
};

/** The initializers are static, so what is not a constant expression does not compile. */
function program(row, names) {
  const integers = names.filter(({ kind }) => kind === "integer").map(({ name }) => name);
  return `${sourceOf(row)}#include <stdio.h>
static const struct { long long ${integers.map((name) => `${name}_`).join(", ")}; } integers = {
${integers.map((name) => `  ${name},`).join("\n")}
};
int main(void) {
${names.map(({ name, kind }) => printers[kind](name)).join("\n")}
  return 0;
}
`;
}

/** `name → value` for one row; `dir` is a directory for its program. */
function valuesOfRow(cc, row, dir) {
  const names = namesOf(cc, row);
  if (names.length === 0) throw new GenerateError(`<${row.header}> has none of ${row.names}`);
  const binary = join(dir, "print");
  const run = compile(cc, ["-o", binary], program(row, names));
  if (run.status !== 0) throw new GenerateError(firstError(row, run));
  const out = spawnSync(binary, { encoding: "utf8" });
  if (out.status !== 0) throw new GenerateError(`<${row.header}>: the program of values failed`);
  return out.stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [, name, text] = line.match(/^(\S+) (.+)$/);
      return [row.prepend + name, JSON.parse(text)];
    });
}

/**
 * The values of all rows, sorted by name.
 *
 * @param signed the names that may be negative; if any other is, such as a flag that is the highest
 *   bit, that is a mistake.
 */
export function valuesOf(cc, rows, signed) {
  const dir = mkdtempSync(join(tmpdir(), "berkeley-constants-"));
  const values = new Map();
  try {
    for (const row of rows) {
      for (const [name, value] of valuesOfRow(cc, row, dir)) {
        checkValue(row, name, value, values.get(name), signed);
        values.set(name, value);
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkValue(row, name, value, known, signed) {
  if (known !== undefined && known !== value) {
    throw new GenerateError(`${name} is ${value} in <${row.header}>, ${known} in one before it`);
  }
  if (typeof value !== "number") return;
  if (!Number.isSafeInteger(value)) throw new GenerateError(`${name} needs more than 53 bits`);
  if (value < 0 && !signed.test(name)) throw new GenerateError(`${name} is negative: ${value}`);
}

/**
 * Compares `values` with another compiler's headers, by static assertions: nothing that it makes is
 * run, so a cross compiler can speak for a machine that is not here.
 *
 * @returns the names with another value, those that its headers lack, and those that only they
 * have.
 */
export function compareUnder(cc, rows, values) {
  const found = rows.map((row) => ({ row, names: namesOf(cc, row) }));
  const theirs = new Set(found.flatMap(({ row, names }) => names.map((n) => row.prepend + n.name)));
  return {
    different: found.flatMap(({ row, names }) => differentIn(cc, row, names, values)),
    lacking: [...values.keys()].filter((name) => !theirs.has(name)),
    extra: [...theirs].filter((name) => !values.has(name)),
  };
}

function differentIn(cc, row, names, values) {
  const asserts = names.flatMap(({ name, kind }) => {
    const value = values.get(row.prepend + name);
    if (kind !== "integer" || value === undefined) return [];
    return `_Static_assert((long long)(${name}) == ${value}LL, "${row.prepend}${name}");`;
  });
  const run = compile(cc, ["-fsyntax-only"], `${sourceOf(row)}${asserts.join("\n")}\n`);
  const failed = [...run.stderr.matchAll(/static assertion failed: "(\w+)"/g)];
  if (run.status !== 0 && failed.length === 0) throw new GenerateError(firstError(row, run));
  return failed.map(([, name]) => name);
}

function firstError(row, run) {
  return `<${row.header}>: ${run.stderr.split("\n").find((line) => line.includes("error:"))}`;
}
