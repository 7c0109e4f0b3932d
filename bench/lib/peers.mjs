// Which peers there are for a workload, how each is started, and which are not installed.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { peerModules as installed, requirePeer } from "./peer-modules.mjs";

const peersFolder = fileURLToPath(new URL("../peers/", import.meta.url));
const { CC = "cc" } = process.env;
const arch = process.arch === "arm64" ? "aarch64" : "x64";

/** @param {string} program @param {string[]} args */
function output(program, ...args) {
  try {
    return execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

/** The first of these programs that runs. @param {string[]} programs @param {string[]} args */
const firstThatRuns = (programs, ...args) =>
  programs.find((program) => output(program, ...args) !== null) ?? null;

const python = firstThatRuns(["python3", "/usr/bin/python3"], "-c", "import uvloop");
const hasUvloop = python !== null;
const runtimes = {
  node: process.execPath,
  bun: firstThatRuns([join(installed, `@oven/bun-linux-${arch}/bin/bun`), "bun"], "--version"),
  deno: firstThatRuns(
    [join(installed, `@deno/linux-${process.arch}-glibc/deno`), "deno"],
    "--version",
  ),
  python: python ?? firstThatRuns(["python3"], "--version"),
};

/** npm packages that are peers under their own names. */
const npmPeers = ["unix-dgram", "node-unix-socket", "raw-socket"];

/**
 * @typedef {object} Peer
 * @property {string} name the file's name, without its extension
 * @property {string[] | null} command null: not installed
 */

/** @param {string} file @returns {Peer} */
function peerOf(file) {
  const name = basename(file, extname(file));
  const { node, bun, deno } = runtimes;
  if (name === "bun") return { name, command: bun ? [bun, "run", file] : null };
  if (name === "deno")
    return { name, command: deno ? [deno, "run", "--quiet", "-A", "--unstable-net", file] : null };
  if (name === "py_uvloop" && !hasUvloop) return { name, command: null };
  if (file.endsWith(".py"))
    return { name, command: runtimes.python ? [runtimes.python, file] : null };
  if (npmPeers.includes(name) && !existsSync(join(installed, name))) return { name, command: null };
  return { name, command: [node, file] };
}

/** The peers of one folder of bench/peers, berkeley first. @param {string} folder */
export function peersIn(folder) {
  return readdirSync(join(peersFolder, folder))
    .filter((file) => /\.(mjs|py)$/.test(file))
    .map((file) => peerOf(join(peersFolder, folder, file)))
    .sort(
      (a, b) => Number(isOurs(b.name)) - Number(isOurs(a.name)) || a.name.localeCompare(b.name),
    );
}

/** @param {string} name */
export const isOurs = (name) => name.startsWith("berkeley");

/** Name -> version of everything that takes part. @returns {Record<string, string>} */
export function versions() {
  /** @type {Record<string, string | null | undefined>} */
  const found = {
    node: process.version,
    v8: process.versions.v8,
    libuv: process.versions.uv,
    bun: runtimes.bun && output(runtimes.bun, "--version"),
    deno: runtimes.deno && output(runtimes.deno, "--version")?.split(/\s+/)[1],
    python: runtimes.python && output(runtimes.python, "--version")?.split(" ")[1],
    uvloop: python && output(python, "-c", "import uvloop; print(uvloop.__version__)"),
    cc: output(CC, "-dumpfullversion", "-dumpversion"),
  };
  for (const name of npmPeers) {
    if (!existsSync(join(installed, name))) continue;
    found[name] = requirePeer(`${name}/package.json`).version;
  }
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, version]) => (version ? [[name, version]] : [])),
  );
}
