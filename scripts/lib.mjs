// What the scripts here share.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

/** Not import.meta.dirname, which the first versions of Node 20 lack. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where other versions of Node are kept, each in its folder. */
const nodesDir = join(root, "build/node");

/** npm's package "node" has one such package for each system. @param {string} arch */
const nodePackage = (arch) => `node-linux-${arch}`;

/** @param {string} folder @param {string} arch */
function nodeIn(folder, arch) {
  return join(nodesDir, folder, "node_modules", nodePackage(arch), "bin/node");
}

/**
 * Installs an npm package into a folder of its own.
 * @param {string} prefix @param {string} name @param {string} version @param {string} arch
 */
function fetchPackage(prefix, name, version, arch) {
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, "package.json"), "{}"); // or npm would install into the project
  const options = ["--silent", "--no-save", "--force", `--cpu=${arch}`, "--prefix", prefix];
  run("npm", ["install", ...options, `${name}@${version}`]);
}

/**
 * The program of a version of Node, fetched as an npm package if it is not here yet.
 * @param {string} version @param {string} arch
 */
export function fetchNode(version, arch = process.arch) {
  const folder = `${version}-${arch}`;
  const node = nodeIn(folder, arch);
  if (!existsSync(node)) fetchPackage(join(nodesDir, folder), nodePackage(arch), version, arch);
  return node;
}

/** The other runtimes that are tested, as npm packages for this machine's platform. */
export const runtimes = {
  bun: {
    name: `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}`,
    version: "1.4.5",
    program: "bin/bun",
    args: ["run"],
  },
  deno: {
    name: `@deno/linux-${process.arch}-glibc`,
    version: "2.9.6",
    program: "deno",
    args: ["run", "--quiet", "--allow-all"],
  },
};

/**
 * The command that runs a file in such a runtime, which is fetched if it is not here yet.
 * @param {{ name: string, version: string, program: string, args: string[] }} runtime
 */
export function fetchRuntime({ name, version, program, args }) {
  const prefix = join(root, "build/runtimes", version);
  const file = join(prefix, "node_modules", name, program);
  if (!existsSync(file)) fetchPackage(prefix, name, version, process.arch);
  return [file, ...args];
}

/** The programs of the versions that are kept for this machine. */
export function keptNodes() {
  const folders = existsSync(nodesDir) ? readdirSync(nodesDir) : [];
  return folders.map((folder) => nodeIn(folder, process.arch)).filter((node) => existsSync(node));
}

/**
 * Runs a command in the project's folder, with this script's output; a failure ends this script.
 * @param {string} command @param {string[]} args @param {Record<string, string>} env
 */
export function run(command, args, env = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status === 0) return;
  fail(`${[command, ...args].join(" ")}: ${error?.message ?? signal ?? `exit status ${status}`}`);
}

/**
 * The same, while others may run.
 * @param {string} command @param {string[]} args
 */
export async function runBeside(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit" });
  const [status, signal] = await once(child, "exit"); // rejects if there is no such command
  if (status !== 0) fail(`${[command, ...args].join(" ")}: ${signal ?? `exit status ${status}`}`);
}

/**
 * The standard output of a command; a failure ends this script.
 * @param {string} command @param {string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv, stdio?: import("node:child_process").StdioOptions }} options
 * @returns {string}
 */
export function output(command, args, options = {}) {
  const { status, signal, error, stdout } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (status === 0) return stdout;
  fail(`${[command, ...args].join(" ")}: ${error?.message ?? signal ?? `exit status ${status}`}`);
}

/**
 * The command line of a script, to be parsed before anything is done: `--help` ends the script, and so does an
 * error, with one line.
 * @param {string} usage @param {string} about @param {string} example
 */
export function command(usage, about, example) {
  const name = basename(process.argv[1] ?? "", ".mjs");
  return new Command(usage)
    .description(about)
    .addHelpText("after", `\nExample:\n  ${example}`)
    .configureOutput({
      outputError: (text, write) => {
        const line = text
          .trim()
          .replace(/^error:/, `${name}:`)
          .replaceAll("\n", " ");
        write(`${line}; see --help\n`);
      },
    });
}

/** @param {string} message @returns {never} */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** `"-O1 -g"` as arguments. @param {string | undefined} text */
export const words = (text) => (text ?? "").split(" ").filter(Boolean);

/** A row of a table. A bar ends a cell, so a bar within one is escaped. @param {string[]} row */
const cells = (row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** @param {string[]} titles @param {string[][]} rows */
export function markdownTable(titles, rows) {
  return [titles, titles.map(() => "---"), ...rows].map(cells).join("\n");
}
