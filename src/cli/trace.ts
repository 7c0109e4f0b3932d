import { AF_INET } from "berkeley";
import { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import { examples } from "./help.js";
import { DEST_UNREACH, DEST_UNREACH_6, type InternetFamily, icmpText } from "./icmp.js";
import { type FamilyOptions, findHost } from "./internet.js";
import { printable } from "./show.js";
import { timeText } from "./statistics.js";
import { json, styled } from "./table.js";
import { type Answer, Prober } from "./trace-probe.js";

interface TraceOptions extends FamilyOptions {
  maxHops: number;
  queries: number;
  wait: number;
  json?: true;
}

/** The code of "port unreachable": the datagram has arrived, where nobody wants it. */
const PORT_UNREACH = 3;
const PORT_UNREACH_6 = 4;

/** How a probe's way ended: null where a router only says that it was too short. */
function ending(family: InternetFamily, { why }: Answer): "arrived" | "stopped" | null {
  if (why === null) return "arrived";
  const isFour = family === AF_INET;
  if (why.type !== (isFour ? DEST_UNREACH : DEST_UNREACH_6)) return null;
  return why.code === (isFour ? PORT_UNREACH : PORT_UNREACH_6) ? "arrived" : "stopped";
}

interface Hop {
  readonly hop: number;
  readonly answers: readonly (Answer | null)[];
}

/** As traceroute: an address is said once as long as it stays the same. */
function hopText(family: InternetFamily, { hop, answers }: Hop): string {
  let last: string | null = null;
  const parts = answers.map((answer) => {
    if (answer === null) return "*";
    const who = answer.host === last ? "" : `${styled("cyan", answer.host ?? "(this machine)")}  `;
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
  const host = await findHost(name, options);
  const { family, numeric } = host;
  const prober = new Prober(host);
  const rows: object[] = [];
  let isOver = false;
  try {
    if (!options.json) {
      console.log(`traceroute to ${printable(name)} (${numeric}), ${options.maxHops} hops max`);
    }
    for (let hop = 1; hop <= options.maxHops && !isOver; hop++) {
      const answers: (Answer | null)[] = [];
      // One after the other: routers limit how many ICMP errors they send at a time.
      for (let query = 0; query < options.queries; query++) {
        answers.push(await prober.probe(hop, options.wait));
      }
      if (options.json) rows.push(hopRow({ hop, answers }));
      else console.log(hopText(family, { hop, answers }));
      isOver = answers.some((answer) => answer !== null && ending(family, answer) !== null);
    }
  } finally {
    await prober.close();
  }
  if (options.json) console.log(json(rows));
  if (!isOver) process.exitCode = 1;
}

export function traceCommand(): Command {
  return new Command("trace")
    .summary("the routers on the way to a host")
    .description(
      "Sends UDP datagrams that live for 1 hop, 2 hops, …, and shows who says that it ended one.\n" +
        "The errors come by the socket's error queue (IP_RECVERR), so no privilege is needed.",
    )
    .argument("<host>", "name or address")
    .option("-m, --max-hops <number>", "how far at most", whole("A number of hops", 1, 255), 30)
    .option("-q, --queries <number>", "probes for each hop", whole("A number of probes", 1, 10), 3)
    .option("-w, --wait <seconds>", "for the answer to a probe", seconds("A wait"), 5)
    .option("-4, --ipv4", "IPv4 only")
    .option("-6, --ipv6", "IPv6 only")
    .option("--json", "the hops as JSON, at the end")
    .addHelpText(
      "after",
      examples([
        ["berkeley trace example.org", "every router on the way"],
        ["berkeley trace -q 1 -w 1 example.org", "fast"],
        ["berkeley trace -6 --json example.org", "for a program"],
      ]),
    )
    .action(run);
}
