// Compiles each of bench/c/*.c, except the files that they share, to a program, unless it is up to date.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../c/", import.meta.url));
const target = fileURLToPath(new URL("../../build/bench/", import.meta.url));
const sys = fileURLToPath(new URL("../../native/sys/", import.meta.url));
/** These are part of every program, and so is the library's own way to make many calls in one. */
const SHARED = ["common.c", "sockets.c"];
const RING = ["ring.c", "sys.h", "ret.h"].map((name) => join(sys, name));
const FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", `-I${sys}`];

/** @param {string} file */
const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export function buildPrograms() {
  mkdirSync(target, { recursive: true });
  const shared = [...[...SHARED, "common.h"].map((name) => join(source, name)), ...RING];
  for (const file of readdirSync(source)) {
    if (!file.endsWith(".c") || SHARED.includes(file)) continue;
    const from = join(source, file);
    const program = programPath(file.slice(0, -2));
    const newest = Math.max(...[from, ...shared].map(modified));
    if (modified(program) >= newest) continue;
    const { CC = "cc" } = process.env;
    const sources = [from, ...shared].filter((name) => name.endsWith(".c"));
    execFileSync(CC, [...FLAGS, "-o", program, ...sources], { stdio: "inherit" });
  }
}

/** @param {string} name a file of bench/c, without its extension */
export const programPath = (name) => join(target, name);
