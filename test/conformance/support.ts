/**
 * What the scripts under cases/ share. support.py is the same in Python, name by name.
 *
 * A script is started as `node cases/NAME.js async` or `… sync` and prints lines. Values read the same in
 * both languages, an error is its errno's name, and a number or name that differs from run to run is given a
 * label by `name`, and printed as that label. A socket that a script needs open to the end is closed
 * explicitly there: the garbage collector may close one that is not mentioned any more.
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants as os } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import type { AF_INET, Socket } from "berkeley";
import { python, root } from "../support/machine.js";

type Net = typeof import("berkeley");

/** Any Internet socket. IPv6 sockets are passed as this type, too, since no script looks beyond host and
 *  port. */
export type Inet = Socket<typeof AF_INET>;

export const sync = process.argv[2] === "sync";

/**
 * The face under test. Both have the async face's type here: `await` takes a plain value as well as a Promise, so one
 * script serves both.
 */
export const net: Net = sync
  ? ((await import("berkeley/sync")) as unknown as Net)
  : await import("berkeley");

/** Pairs of names for one number: which of the two a library prints says nothing about its behaviour. */
const aliases: Record<string, string> = { ENOTSUP: "EOPNOTSUPP", EWOULDBLOCK: "EAGAIN" };

const labels = new Map<unknown, string>();

/** Forgets what another script has set, which ran in this process before. */
export function forget(): void {
  labels.clear();
  net.setdefaulttimeout(null);
}

/** From here on `value` is printed as <label>. */
export function name<T>(value: T, label: string): T {
  labels.set(Buffer.isBuffer(value) ? value.toString("latin1") : value, `<${label}>`);
  return value;
}

function show(value: unknown): string {
  if (value instanceof net.Socket) return "socket";
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  const label = labels.get(Buffer.isBuffer(value) ? value.toString("latin1") : value);
  if (label !== undefined) return label;
  if (Buffer.isBuffer(value)) {
    const plain = value.every((byte) => byte >= 0x20 && byte < 0x7f);
    return plain ? `b"${value.toString("latin1")}"` : `b:${value.toString("hex")}`;
  }
  if (value === undefined || typeof value === "object") return value === null ? "null" : `${value}`;
  return JSON.stringify(value);
}

/** The errno's name. Every script thereby checks that `code` and `errno` agree. */
function errorName(error: unknown): string {
  if (error instanceof net.GaiError) {
    const named = Object.entries(net.constants).filter(([n]) => n.startsWith("EAI_"));
    return named.sort().find(([, value]) => value === error.errno)?.[0] ?? `${error.errno}`;
  }
  if (error instanceof net.TimeoutError) return error.code === "ETIMEDOUT" ? "timeout" : error.code;
  if (error instanceof net.SocketError) {
    const number = (os.errno as Record<string, number | undefined>)[error.code] ?? -error.errno;
    if (number !== -error.errno) return `${error.code} with errno ${error.errno}`;
    return aliases[error.code] ?? error.code;
  }
  if (error instanceof TypeError) return "TypeError";
  if (error instanceof RangeError) return "RangeError";
  if (error instanceof AggregateError) return `all of [${error.errors.map(errorName).join(", ")}]`;
  throw error;
}

/** The name of the errno that `connectEx` returns, 0 for none. */
export function errnoName(errno: number): string {
  const found = Object.entries(os.errno).find(([, value]) => value === errno)?.[0] ?? `${errno}`;
  return aliases[found] ?? found;
}

export function say(label: string, ...values: unknown[]): void {
  console.log(`${label}: ${values.map(show).join(" ")}`);
}

/** Calls, and prints the result, or the name of the error. `call` is async only if the script itself
 *  waits. */
export async function attempt<T>(label: string, call: () => T): Promise<Awaited<T> | undefined> {
  try {
    const given = call();
    const ownPromise = call.constructor.name === "AsyncFunction";
    if (sync && given instanceof Promise && !ownPromise) throw new Error("sync gave a Promise");
    const value = await given;
    console.log(`${label}: ${value === undefined ? "ok" : show(value)}`);
    return value;
  } catch (error) {
    console.log(`${label}: throws ${errorName(error)}`);
    return undefined;
  }
}

export const same = isDeepStrictEqual;

export function unusedPort(type: number = net.SOCK_STREAM): number {
  using s = net.socket(net.AF_INET, type);
  s.bind(["127.0.0.1", 0]);
  return name(s.getsockname()[1], "unused");
}

export function bound(type: number, host = "127.0.0.1", label = "bound"): Inet {
  const family = (host.includes(":") ? net.AF_INET6 : net.AF_INET) as typeof AF_INET;
  const s = net.socket(family, type);
  s.bind([host, 0]);
  name(s.getsockname()[1], label);
  return s;
}

export function listening(host = "127.0.0.1", backlog = 8): Inet {
  const s = bound(net.SOCK_STREAM, host, "listener");
  s.listen(backlog);
  return s;
}

export async function tcpPair(): Promise<[client: Inet, server: Inet]> {
  using listener = listening();
  const client = net.socket();
  await client.connect(listener.getsockname());
  const [server, address] = await listener.accept();
  name(address[1], "client");
  return [client, server];
}

/** An abstract Unix name that no other process has. */
export function abstract(label: string): string {
  return name(`\0berkeley-${process.pid}-${label}`, label);
}

/** Starts the other side in a process of its own: see peer.py. */
export function peer(...words: (string | number)[]): void {
  const script = join(root, "test/conformance/peer.py");
  const child = spawn(python, [script, ...words.map(String)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  child.unref();
}

export function waitForPath(path: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(path)) Atomics.wait(clock, 0, 0, 10);
}

/** Ends the script, since the machine lacks what it is about. */
export function skip(missing: string): never {
  console.log(`skip: ${missing}`);
  process.exit(0);
}

export function needIPv6(): void {
  try {
    bound(net.SOCK_DGRAM, "::1").close();
  } catch {
    skip("IPv6 on the loopback interface");
  }
}
