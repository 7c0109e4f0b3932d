import { spawnSync } from "node:child_process";
import { isConstant } from "./headers.mjs";

/** A failure with one line for the reader; any other error is a bug and keeps its stack. */
export class GenerateError extends Error {}

/** Some kernel headers use types that they do not include: size_t, struct sockaddr, _IO(). */
const preamble = `#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
`;

export const sourceOf = (row) =>
  preamble + row.header.replace(/\S+\s*/g, (header) => `#include <${header.trim()}>\n`);

/**
 * Headers that are the same on every machine, such as bluetooth's, are only in the host's
 * directory: a cross compiler looks there last, so that its own headers win.
 */
const flags = ["-w", "-idirafter", "/usr/include", "-x", "c", "-"];

/** Runs the C compiler over `source`, given on its standard input. */
export function compile(cc, args, source) {
  const run = spawnSync(cc, [...args, ...flags], {
    input: source,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (run.error !== undefined) throw new GenerateError(`cannot run ${cc}: ${run.error.message}`);
  return run;
}

function preprocess(cc, args, row) {
  const run = compile(cc, args, sourceOf(row));
  if (run.status === 0) return run.stdout;
  const missing = run.stderr.match(/fatal error: (\S+): No such file/)?.[1];
  if (missing !== undefined) {
    throw new GenerateError(`<${missing}> is missing: apt-get install ${row.debianPackage}`);
  }
  throw new GenerateError(`<${row.header}> does not preprocess: ${run.stderr.split("\n")[0]}`);
}

/** Object-like macros that have a value: `name → replacement`. */
function macros(text) {
  return [...text.matchAll(/^#define ([A-Z]\w*) (.+)$/gm)].map(([, name, body]) => [name, body]);
}

/** `-dM` does not show enumerators; they are read from the preprocessed text. */
function enumerators(text) {
  return [...text.matchAll(/\benum\b[^{};()]*\{([^{}]*)\}/g)].flatMap(([, list]) =>
    splitAtCommas(list).flatMap((item) => item.match(/^\s*([A-Z]\w*)/)?.[1] ?? []),
  );
}

function splitAtCommas(list) {
  let flat = list;
  for (let before = ""; before !== flat; ) {
    before = flat;
    flat = flat.replace(/\([^()]*\)/g, "");
  }
  return flat.split(",");
}

/** The names that a row takes, each with its kind, by which values.mjs has C print it. */
export function namesOf(cc, row) {
  const found = new Map(macros(preprocess(cc, ["-dM", "-E"], row)));
  for (const name of enumerators(preprocess(cc, ["-E", "-P"], row))) {
    if (!found.has(name)) found.set(name, "");
  }
  return [...found]
    .filter(([name, body]) => isConstant(name, body))
    .filter(([name]) => row.names.some((pattern) => matches(name, pattern)))
    .map(([name, body]) => ({ name, kind: kindOf(body) }));
}

const matches = (name, pattern) =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

function kindOf(body) {
  if (body.startsWith('"')) return "string";
  return body.includes("bdaddr_t") ? "bdaddr" : "integer";
}
