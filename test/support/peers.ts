/** The programs that tests talk to: which of them this machine has, and how to start one, read from it and
 *  end it. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import process from "node:process";
import { python } from "./machine.js";

export type Command = [string, ...string[]];

function missing(what: string, [command, ...args]: Command, answer: RegExp): string | false {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return !error && answer.test(stdout + stderr) ? false : `no ${what} on this machine`;
}

const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

/** For the `skip` of a test: false, or the name of what is missing. */
export const without = {
  python: missing(
    "python3 (3.11 or later)",
    [python, "-c", "import sys; print(sys.version_info >= (3, 11))"],
    /True/,
  ),
  nc: missing("netcat-openbsd", ["nc", "-h"], /OpenBSD/),
  socat: missing("socat", ["socat", "-V"], /socat version/),
  strace: missing("strace", ["strace", "-V"], /strace/),
  prlimit: missing("prlimit", ["prlimit", "-V"], /prlimit/),
  ipv6: hasIPv6 ? false : "no IPv6 on the loopback interface",
};

interface StartOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** When a process that hangs is killed, so that its test fails by name (60 s). */
  killAfterMs?: number;
}

/** The environment for a program that is started. A sanitizer that is preloaded for our core is left out for
 *  other programs, which it would end for faults of their own. */
export function environmentFor(command: string): NodeJS.ProcessEnv {
  const { LD_PRELOAD: _, ...inherited } = process.env;
  return command === process.execPath ? { ...process.env } : inherited;
}

/** A running program. `await using` ends it with the test. */
export class Peer {
  #output = "";
  #errors = "";
  #child: ChildProcess;
  #closed: Promise<unknown>;
  #heard = () => {};

  constructor([command, ...args]: Command, options: StartOptions = {}) {
    const { killAfterMs: timeout = 60_000, env, ...rest } = options;
    this.#child = spawn(command, args, {
      ...rest,
      env: { ...environmentFor(command), ...env },
      timeout,
      killSignal: "SIGKILL",
    });
    this.#closed = once(this.#child, "close").finally(() => this.#heard());
    this.#child.stdin?.on("error", () => {}); // it may end before it has read all
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#heard();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
      this.#heard();
    });
  }

  /** Waits until what it has printed, on either output, matches `pattern`. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output) ?? pattern.exec(this.#errors);
      if (match) return match;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`ended without printing ${pattern}: ${this.#output}${this.#errors}`);
      }
      await new Promise<void>((heard) => {
        this.#heard = heard;
      });
    }
  }

  /** Writes to its input, and waits until that is done. */
  async write(text: string): Promise<void> {
    await new Promise<unknown>((written) => this.#child.stdin?.write(text, written));
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }
  get errors(): string {
    return this.#errors;
  }

  /** Waits until it ends by itself; null, or what was wrong with that. */
  async failure(): Promise<string | null> {
    await this.#closed;
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0) return null;
    return `ended with ${signalCode === null ? `status ${exitCode}` : `signal ${signalCode}`}`;
  }

  /** Waits until it ends by itself, and returns what it printed. */
  async ended(): Promise<string> {
    const failure = await this.failure();
    if (failure === null) return this.#output;
    throw new Error(`${failure}, having printed:\n${this.#output}${this.#errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
