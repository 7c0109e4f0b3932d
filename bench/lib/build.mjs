// Compiles bench/c/*.c, each to a program of its own but for what they share; what is up to date is left alone.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../c/", import.meta.url));
const target = fileURLToPath(new URL("../../build/bench/", import.meta.url));
/** Part of every program. */
const SHARED = ["common.c", "sockets.c"];
const FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra"];

/** @param {string} file */
const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export function buildPrograms() {
  mkdirSync(target, { recursive: true });
  const shared = [...SHARED, "common.h"].map((name) => join(source, name));
  for (const file of readdirSync(source)) {
    if (!file.endsWith(".c") || SHARED.includes(file)) continue;
    const from = join(source, file);
    const program = programPath(file.slice(0, -2));
    const newest = Math.max(...[from, ...shared].map(modified));
    if (modified(program) >= newest) continue;
    const { CC = "cc" } = process.env;
    execFileSync(CC, [...FLAGS, "-o", program, from, ...SHARED.map((name) => join(source, name))], {
      stdio: "inherit",
    });
  }
}

/** @param {string} name a file of bench/c without its ending */
export const programPath = (name) => join(target, name);
