// One program of a trial: started, read line by line, ended by its own process id.
import { spawn } from "node:child_process";
import { basename, isAbsolute, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { programPath } from "./build.mjs";

/**
 * @typedef {object} Running
 * @property {number} pid
 * @property {() => Promise<string>} line the next line of its output; rejects once it has ended
 * @property {(text: string) => void} write
 * @property {() => Promise<void>} stop
 */

const KILL_AFTER_MS = 2000;
const LINE_TIMEOUT_MS = 60_000; // plus the next for each connection that has to be opened
const TIMEOUT_MS_PER_DESCRIPTOR = 6;

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Results go into the repository: they are not to say where that is on this machine, or where its programs are.
 *  @param {string} word */
function withoutFolders(word) {
  if (word.startsWith(root)) return relative(root, word);
  return isAbsolute(word) ? basename(word) : word;
}

/**
 * @param {string[]} command
 * @param {{ core: number | null, nofile?: number | undefined, env?: Record<string, string> }} options
 * @returns {Running}
 */
export function start(command, { core, nofile, env }) {
  // pin executes the command in its place (execvp), so the process id is the command's.
  const args = [core === null ? "-" : String(core), nofile ? String(nofile) : "-", ...command];
  const { FORCE_COLOR: _, ...inherited } = process.env; // numbers are read from what it prints
  const child = spawn(programPath("pin"), args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...inherited, ...env },
  });
  const shown = command.map(withoutFolders).join(" ");
  const timeoutMs = LINE_TIMEOUT_MS + TIMEOUT_MS_PER_DESCRIPTOR * (nofile ?? 0);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.stdin.on("error", () => {}); // it may end without reading
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.once("close", resolve));

  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (!done) return /** @type {string} */ (value);
    await ended;
    throw new Error(`${shown} ended\n${complaint.trim()}`);
  };
  return {
    pid: child.pid ?? -1,
    write: (text) => child.stdin.write(text),
    line: () => withinLimit(nextLine(), timeoutMs, `${shown} said nothing`),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** @template T @param {Promise<T>} promise @param {number} ms @param {string} message @returns {Promise<T>} */
function withinLimit(promise, ms, message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} for ${ms} ms`)), ms);
  });
  return Promise.race([promise, /** @type {Promise<never>} */ (late)]).finally(() =>
    clearTimeout(timer),
  );
}
