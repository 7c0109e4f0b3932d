import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** How many it may have open. */
export function descriptorLimit(): number {
  const line = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return Number(line?.[1]);
}

/** Why measuring memory is of no use here, or false: the sanitizers keep freed memory for a while. */
export const memoryIsOdd: string | false = (process.env.LD_PRELOAD ?? "").includes("asan")
  ? "memory is AddressSanitizer's"
  : false;

/** The garbage collector, which there is with `--expose-gc` (scripts/test.mjs passes it). */
export const collect: (() => void) | undefined = globalThis.gc && (() => globalThis.gc?.());

export const noCollector: string | false =
  collect === undefined ? "node was started without --expose-gc" : false;

/** Lets the event loop turn, so that everything that can happen by itself has happened. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Collects until everything is gone that nobody holds. What the last call left on the stack goes with the
 *  next turns. */
export async function collectAll(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await turns();
    collect?.();
  }
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** Waits until a child has ended, and returns all that it printed. */
export function ended(child: ChildProcess): Promise<Ended> {
  let output = "";
  child.stdout?.on("data", (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output }));
  });
}

/** Runs a compiled test program (the address of a module) in a Node of its own. */
export function node(program: URL): ChildProcess {
  const all = [...process.execArgv, fileURLToPath(program)];
  return spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
}
