/** The real program, run as a user runs it. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** The checkout: the folder of the package's manifest. */
export const root = dirname(createRequire(import.meta.url).resolve("berkeley/package.json"));
export const main = join(root, "dist/cli/main.js");

export function peer(name: string): string {
  return join(root, "test/peers", name);
}

/** The words, quoted for a shell script: a path may have spaces. */
export function shellWords(...words: string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** The command that runs the program, for such a script. */
export const berkeleyWords = shellWords(process.execPath, main);

/** False, or why a test that needs Python is skipped. */
export const noPython = spawnSync("python3", ["--version"]).status === 0 ? false : "needs python3";

/** `unshare` with these gives network and mount namespaces of its own. */
export const NAMESPACE = ["--net", "--mount", "--map-root-user"];
/** False, or why a test that needs namespaces is skipped. */
export const noNamespace =
  spawnSync("unshare", [...NAMESPACE, "true"]).status === 0 ? false : "needs network namespaces";

/** What a shell script prints in namespaces of its own. */
export function inNamespace(script: string): string {
  const args = [...NAMESPACE, "sh", "-ec", script];
  const { stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  return stdout + stderr;
}

/** A path at which there is nothing yet, in a folder of this test's own. */
export function scratchPath(test: TestContext, name = "s"): string {
  const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

/** A pattern that matches only this text. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** How long a program may run: far longer than any test takes. One that hangs is killed, and its test fails
 * with what the program had printed. */
const LIFETIME_MS = 120_000;

/** A process that runs while a test talks to it; killed when the test ends, or hangs. */
export class Running {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #wake = () => {};

  constructor(
    test: TestContext,
    command: string,
    args: readonly string[],
    options: SpawnOptions = {},
  ) {
    this.#child = spawn(command, args, { stdio: "pipe", ...options });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    // A program may end before it has read all that was written to it.
    this.#child.stdin?.on("error", () => {});
    this.#ended = once(this.#child, "close").then(([code, signal]) => {
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
    const kill = () => this.#child.kill("SIGKILL");
    const lifetime = setTimeout(kill, LIFETIME_MS);
    this.#ended.then(() => {
      clearTimeout(lifetime);
      this.#wake();
    });
    test.after(kill);
  }

  /** Waits until `pattern` has been printed on either stream, and returns the match. */
  async says(pattern: string | RegExp): Promise<RegExpMatchArray> {
    const wanted = typeof pattern === "string" ? RegExp(literal(pattern)) : pattern;
    const find = () => wanted.exec(this.stdout) ?? wanted.exec(this.stderr);
    for (;;) {
      const { exitCode, signalCode } = this.#child;
      const isOver = exitCode !== null || signalCode !== null;
      if (isOver) await this.#ended;
      const found = find();
      if (found !== null) return found;
      if (isOver)
        throw new Error(`ended without saying ${wanted}:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until the program, or the pipe, has taken all of it. */
  async typed(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#child.stdin?.write(bytes, () => resolve()));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Ends the standard input, after `text`. */
  end(text = ""): this {
    this.#child.stdin?.end(text);
    return this;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended and all its output is read. */
  ended(): Promise<Ended> {
    return this.#ended;
  }
}

/** `berkeley ARGS…`, with its standard input from a pipe. */
export function berkeley(test: TestContext, ...args: string[]): Running {
  return new Running(test, process.execPath, [main, ...args]);
}

/** `berkeley ARGS…` at a terminal on which readline edits lines, unlike on a "dumb" one, which CI may
 *  have. */
export function atTerminal(test: TestContext, ...args: string[]): Running {
  const env = { ...process.env, TERM: "xterm" };
  const program = [peer("terminal.py"), process.execPath, main, ...args];
  return new Running(test, "python3", program, { env });
}

/** Starts `berkeley server ARGS…` on a port that the kernel picks; returns it with that port. */
export async function serverOnPort(test: TestContext, ...args: string[]) {
  const server = berkeley(test, "server", "--port", "0", ...args);
  const [, port] = await server.says(/listening on .*:(\d+)/);
  return { server, port: port as string };
}
