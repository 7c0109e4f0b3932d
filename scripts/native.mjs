// The native core as files: its sources, the platforms that package.json promises it for, and whether
// it is there for one of them.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib.mjs";

/** @param {string} dir @param {string} end */
const files = (dir, end) =>
  readdirSync(join(root, dir))
    .filter((name) => name.endsWith(end))
    .map((name) => join(root, dir, name));

export const sources = [...files("native/sys", ".c"), ...files("native/bind", ".c")];
const inputs = [...sources, ...files("native/sys", ".h"), ...files("native/bind", ".h")];
const newest = Math.max(...inputs.map((file) => statSync(file).mtimeMs));

const { os, cpu } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** @type {string[]} named as the folders of prebuilds/ */
export const targets = os.flatMap((/** @type {string} */ platform) =>
  cpu.map((/** @type {string} */ arch) => `${platform}-${arch}`),
);

/** Debian's compilers for a target, on a machine of another kind. @type {Record<string, string>} */
export const crossCompilers = {
  "linux-x64": "x86_64-linux-gnu-gcc",
  "linux-arm64": "aarch64-linux-gnu-gcc",
};

/** elf(5)'s e_machine. @type {Record<string, number>} */
const machines = { "linux-x64": 62, "linux-arm64": 183 };
const E_MACHINE = 18;

/** The target that a file was built for, or undefined. @param {string} file */
export function targetOf(file) {
  const header = readFileSync(file);
  if (header.length < E_MACHINE + 2 || header.toString("latin1", 0, 4) !== "\x7fELF") return;
  const machine = header.readUInt16LE(E_MACHINE);
  return targets.find((target) => machines[target] === machine);
}

/** Where a target's module is. @param {string} target */
export const moduleOf = (target) => join(root, "prebuilds", target, "berkeley.node");

/** What is wrong with a target's module, or undefined if nothing has to be built. @param {string} target */
export function lackOf(target, file = moduleOf(target)) {
  if (!existsSync(file)) return "is not built";
  if (statSync(file).mtimeMs <= newest) return "is older than its sources";
  if (targetOf(file) !== target) return "is for another processor";
}
