/** Programs under store.c. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "../support/machine.js";
import type { Address, Value } from "./forms.js";

export interface Job {
  family: number;
  proto: number;
  /** Bytes to decode, in hex; else the address to bind to. */
  raw?: string;
  address?: unknown;
}

/** What came of a job: the sockaddr in hex, and the tuple that it decodes to. */
export interface Done {
  raw: string;
  address: unknown;
}

/** JSON for what JSON lacks, the same on both sides. */
export function toJson(value: Address | undefined): unknown {
  if (Array.isArray(value)) return value.map((one: Value) => toJson(one));
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (typeof value === "bigint") return { int: String(value) };
  return value;
}

export function fromJson(value: unknown): Address {
  if (Array.isArray(value)) return value.map((one) => fromJson(one) as Value);
  if (typeof value !== "object" || value === null) return value as Value;
  if ("hex" in value) return Buffer.from(String(value.hex), "hex");
  return BigInt((value as { int: string }).int);
}

/** Compiled once a process, into a folder that goes with it. */
let library = "";

function compile(): string {
  if (library !== "") return library;
  const folder = mkdtempSync(join(tmpdir(), "berkeley-store-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const output = join(folder, "store.so");
  const source = join(root, "test/address/store.c");
  const cc = process.env.CC ?? "cc";
  const { status, stderr, error } = spawnSync(cc, ["-shared", "-fPIC", "-o", output, source]);
  if (status !== 0) throw new Error(`${cc} ${source}: ${error ?? stderr}`);
  library = output;
  return library;
}

/** Runs a program under the store, and gives what it writes. */
export function underStore(command: string, args: string[], input = ""): string {
  const store = compile();
  // A sanitizer that is preloaded for our core must stay the first.
  const preloaded = command === process.execPath ? process.env.LD_PRELOAD : undefined;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    input,
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      LD_PRELOAD: preloaded ? `${preloaded}:${store}` : store,
      ADDRESS_STORE: `${store}.address`,
    },
  });
  if (status !== 0) throw new Error(`${command} ${args}: ${error ?? ""}\n${stderr}${stdout}`);
  return stdout;
}
