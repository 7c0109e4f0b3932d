import {
  AF_INET,
  ICMP_DEST_UNREACH,
  ICMP_PORT_UNREACH,
  ICMPV6_DEST_UNREACH,
  ICMPV6_PORT_UNREACH,
} from "berkeley";
import { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import { warmUp } from "./arrival.js";
import { Failure } from "./failure.js";
import { examples } from "./help.js";
import { type InternetFamily, icmpText } from "./icmp.js";
import { type FamilyOptions, findHost, nameOf, soon, withFamily } from "./internet.js";
import { printable } from "./show.js";
import { statusOf, untilSignal } from "./signal.js";
import { timeText } from "./statistics.js";
import { json, styled } from "./table.js";
import { type Answer, FIRST_PORT, Prober } from "./trace-probe.js";

interface TraceOptions extends FamilyOptions {
  maxHops: number;
  queries: number;
  wait: number;
  firstHop: number;
  port: number;
  numeric?: true;
  json?: true;
}

/** How a probe's way ended; null if a router only says that the probe's life was too short. A probe has
 *  arrived if its port is unreachable: the host says that nobody there wants the datagram. */
function ending(family: InternetFamily, { why }: Answer): "arrived" | "stopped" | null {
  if (why === null) return "arrived";
  const isFour = family === AF_INET;
  if (why.type !== (isFour ? ICMP_DEST_UNREACH : ICMPV6_DEST_UNREACH)) return null;
  return why.code === (isFour ? ICMP_PORT_UNREACH : ICMPV6_PORT_UNREACH) ? "arrived" : "stopped";
}

interface Hop {
  readonly hop: number;
  readonly answers: readonly (Answer | null)[];
}

/** The names of addresses, looked up while the probes go on. One that comes late is shown from
 *  the next hop on. */
class Names {
  readonly #known = new Map<string, string | null>();
  readonly #pending = new Map<string, Promise<void>>();

  ask({ host, address }: Answer): void {
    if (host === null || address === null || this.#pending.has(host)) return;
    const asked = nameOf(address).then((name) => void this.#known.set(host, name));
    this.#pending.set(host, asked);
  }

  async settled(): Promise<void> {
    await soon(Promise.all(this.#pending.values()));
  }

  /** The address itself, if it has no name or none yet. */
  of(host: string): string {
    return this.#known.get(host) ?? host;
  }
}

/** As traceroute: `router.example (192.0.2.1)`, or without names the address alone. */
function whoText({ host }: Answer, names: Names | null): string {
  if (host === null) return "(this machine)";
  return names === null ? host : `${names.of(host)} (${host})`;
}

/** As traceroute: an address is shown again only when it changes. */
function hopText(family: InternetFamily, { hop, answers }: Hop, names: Names | null): string {
  let last: string | null = null;
  const parts = answers.map((answer) => {
    if (answer === null) return "*";
    const who = answer.host === last ? "" : `${styled("cyan", whoText(answer, names))}  `;
    last = answer.host;
    const why = answer.why;
    const isStopped = ending(family, answer) === "stopped" && why !== null;
    const note = isStopped ? ` ${styled("red", `(${icmpText(family, why)})`)}` : "";
    return `${who}${timeText(answer.timeMs)} ms${note}`;
  });
  return `${String(hop).padStart(2)}  ${parts.join("  ")}`;
}

function hopRow({ hop, answers }: Hop): object {
  return {
    hop,
    answers: answers.map((answer) => answer && { host: answer.host, timeMs: answer.timeMs }),
  };
}

async function run(name: string, options: TraceOptions): Promise<void> {
  if (options.firstHop > options.maxHops) {
    throw new Failure(`-f ${options.firstHop} is beyond the last hop, -m ${options.maxHops}`);
  }
  const host = await findHost(name, options);
  const { family, numeric } = host;
  await warmUp(family);
  const prober = new Prober(host, options.port);
  const names = options.numeric || options.json ? null : new Names();
  const rows: object[] = [];
  // JSON comes at the end, so a signal must not end the program before; lines are printed as they come.
  const stop = options.json ? untilSignal() : new AbortController().signal;
  let isOver = false;
  try {
    if (!options.json) {
      console.log(`traceroute to ${printable(name)} (${numeric}), ${options.maxHops} hops max`);
    }
    for (let hop = options.firstHop; hop <= options.maxHops && !isOver; hop++) {
      const answers: (Answer | null)[] = [];
      // One after the other: routers limit how many ICMP errors they send at a time.
      for (let query = 0; query < options.queries; query++) {
        const answer = await prober.probe(hop, options.wait, stop);
        answers.push(answer);
        if (answer !== null) names?.ask(answer);
      }
      await names?.settled();
      if (options.json) rows.push(hopRow({ hop, answers }));
      else console.log(hopText(family, { hop, answers }, names));
      isOver = answers.some((answer) => answer !== null && ending(family, answer) !== null);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await prober.close();
    // The hops before a signal or an error, too.
    if (options.json) console.log(json(rows));
  }
  if (stop.aborted) process.exitCode = statusOf(stop);
  else if (!isOver) process.exitCode = 1;
}

export function traceCommand(): Command {
  return withFamily(new Command("trace"))
    .summary("the routers on the way to a host")
    .description(
      "Sends UDP datagrams that live for 1 hop, 2 hops, …, and shows which router says\n" +
        "that one has ended there. These errors come through the socket's error queue\n" +
        "(IP_RECVERR), so no privilege is needed.",
    )
    .argument("<host>", "name or address")
    .option("-m, --max-hops <number>", "how far at most", whole("A number of hops", 1, 255), 30)
    .option("-f, --first-hop <number>", "where to begin", whole("A hop", 1, 255), 1)
    .option("-q, --queries <number>", "probes for each hop", whole("A number of probes", 1, 10), 3)
    .option("-w, --wait <seconds>", "how long to wait for an answer", seconds("A wait"), 5)
    .option("-p, --port <number>", "the first probe's port", whole("A port", 1, 65_535), FIRST_PORT)
    .option("-n, --numeric", "only addresses, without names")
    .option("--json", "the hops as JSON, at the end")
    .addHelpText(
      "after",
      examples([
        ["berkeley trace example.org", "every router on the way"],
        ["berkeley trace -n -q 1 -w 1 example.org", "fast"],
        ["berkeley trace -6 --json example.org", "for a program"],
      ]),
    )
    .action(run);
}
