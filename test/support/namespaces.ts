/** Network namespaces with links between them, for tests whose packets have to cross a link. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { hasCapability } from "./capability.js";
import { environmentFor } from "./peers.js";

/** Two namespaces and two links: `a1` to `b1`, and `a2` to `b2`. On link N, `a` has the addresses 10.77.N.1
 *  and fd77:N::1, and `b` has .2 and .3, ::2 and ::3. */
export interface Namespaces {
  readonly a: string;
  readonly b: string;
  remove(): void;
}

/** A shell function, `up LINK`, that waits until a link is up: it drops what is sent before. */
export const UP = `up() { until ip link show "$1" | grep -q "state UP"; do sleep 0.05; done; }`;

function ip(...args: string[]): string {
  const options = { encoding: "utf8", env: environmentFor("ip") } as const;
  const { status, stdout, stderr } = spawnSync("ip", args, options);
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Why there can be no namespaces here; `undefined` if there can. */
export function lacksNamespaces(): string | undefined {
  // In a container root may have neither capability.
  const isRoot = process.getuid?.() === 0 && hasCapability("CAP_SYS_ADMIN");
  if (!isRoot || !hasCapability("CAP_NET_ADMIN"))
    return "network namespaces need root with CAP_SYS_ADMIN and CAP_NET_ADMIN";
  if (spawnSync("ip", ["-V"]).error !== undefined) return "there is no ip (iproute2)";
  if (spawnSync("ip", ["netns", "list"]).status !== 0) return "this kernel has no namespaces";
  return undefined;
}

function addAddresses(
  namespace: string,
  link: string,
  net: number,
  hosts: readonly number[],
): void {
  for (const host of hosts) {
    ip("-n", namespace, "addr", "add", `10.77.${net}.${host}/24`, "dev", link);
    ip("-n", namespace, "addr", "add", `fd77:${net}::${host}/64`, "dev", link, "nodad");
  }
  ip("-n", namespace, "link", "set", link, "up");
}

/** Links take their time to come up, and only then have the route of multicasts. */
async function linksAreUp(namespace: string, links: readonly string[]): Promise<void> {
  for (const link of links) {
    const args = ["-n", namespace, "-6", "route", "show", "table", "all", "dev", link];
    const isUp = () => / ff00::\/8 /.test(` ${ip(...args)}`);
    while (!isUp()) await setTimeout(10);
  }
}

export async function makeNamespaces(): Promise<Namespaces> {
  const [a, b] = [`berkeley-a-${process.pid}`, `berkeley-b-${process.pid}`];
  const remove = (): void => {
    for (const name of [a, b]) spawnSync("ip", ["netns", "del", name]);
  };
  try {
    for (const name of [a, b]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    for (const net of [1, 2]) {
      const [one, other] = [`a${net}`, `b${net}`];
      ip("-n", a, "link", "add", one, "type", "veth", "peer", "name", other, "netns", b);
      addAddresses(a, one, net, [1]);
      addAddresses(b, other, net, [2, 3]);
    }
    await linksAreUp(a, ["a1", "a2"]);
    await linksAreUp(b, ["b1", "b2"]);
  } catch (error) {
    remove();
    throw error;
  }
  return { a, b, remove };
}

/** A test program that runs in a namespace and answers messages. */
export class Inside {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(namespace: string, program: string) {
    this.#child = spawn("ip", ["netns", "exec", namespace, process.execPath, program], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = once(this.#child, "exit").then(() => {
      throw new Error("the program in the namespace has ended");
    });
    this.#ended.catch(() => undefined); // it ends unheard once nobody waits for an answer
  }

  /** Asks it something, and returns its answer. */
  ask(question: object): Promise<unknown> {
    this.#child.send(question);
    return this.hear();
  }

  /** The next message from it. */
  async hear(): Promise<unknown> {
    const [answer] = await Promise.race([once(this.#child, "message"), this.#ended]);
    return answer;
  }

  /** Ends it, even in the middle of a call that blocks. */
  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended.catch(() => undefined);
  }
}
