import { readFileSync } from "node:fs";
import { Failure, reason } from "./failure.js";

/** The counters in a file of /proc/net, by line and name: `TCP: inuse 3 …`. There is no file for a family
 * that the kernel lacks. */
function counters(file: string): Map<string, Map<string, number>> {
  let text = "";
  try {
    text = readFileSync(`/proc/net/${file}`, "utf8");
  } catch {}
  const lines = text.split("\n").map((line) => line.split(/:? /));
  return new Map(
    lines.map(([title = "", ...words]) => {
      const pairs = words.flatMap((word, at) => (at % 2 ? [] : [[word, Number(words[at + 1])]]));
      return [title, new Map(pairs as [string, number][])];
    }),
  );
}

const SNMP = "/proc/net/snmp";

function snmp(): string {
  try {
    return readFileSync(SNMP, "utf8");
  } catch (error) {
    throw new Failure(`cannot read ${SNMP}: ${reason(error as NodeJS.ErrnoException)}`);
  }
}

/** How many TCP connections are established: `CurrEstab`, in a line of names above one of numbers. */
function established(): number {
  const [names = [], numbers = []] = snmp()
    .split("\n")
    .filter((line) => line.startsWith("Tcp:"))
    .map((line) => line.split(" "));
  return Number(numbers[names.indexOf("CurrEstab")]);
}

export interface Summary {
  readonly total: number;
  readonly tcp: {
    readonly total: number;
    readonly estab: number;
    readonly closed: number;
    readonly orphaned: number;
    readonly timewait: number;
  };
  /** Sockets in use, IPv4 and IPv6. */
  readonly transports: readonly { transport: string; total: number; ip: number; ipv6: number }[];
}

/** How many sockets there are, as the kernel counts them: nothing is listed. */
export function summary(): Summary {
  const [four, six] = [counters("sockstat"), counters("sockstat6")];
  const ofTcp = (name: string) => four.get("TCP")?.get(name) ?? 0;
  const row = (transport: string) => {
    const ip = four.get(transport)?.get("inuse") ?? 0;
    const ipv6 = six.get(`${transport}6`)?.get("inuse") ?? 0;
    return { transport, total: ip + ipv6, ip, ipv6 };
  };
  const parts = [row("RAW"), row("UDP"), row("TCP")];
  const sum = (which: "total" | "ip" | "ipv6") => parts.reduce((all, one) => all + one[which], 0);
  const inet = { transport: "INET", total: sum("total"), ip: sum("ip"), ipv6: sum("ipv6") };
  const [allocated, timewait] = [ofTcp("alloc"), ofTcp("tw")];
  return {
    total: four.get("sockets")?.get("used") ?? 0,
    tcp: {
      total: allocated + timewait,
      estab: established(),
      // Allocated, but in no table. (Those in TIME-WAIT are in one, without an allocated socket.)
      closed: allocated - ((parts[2]?.total ?? 0) - timewait),
      orphaned: ofTcp("orphan"),
      timewait,
    },
    transports: [...parts, inet, row("FRAG")],
  };
}

/** In the form of ss. */
export function summaryText({ total, tcp, transports }: Summary): string {
  const { estab, closed, orphaned, timewait } = tcp;
  const line = (first: string, ...rest: (string | number)[]) =>
    `${first}\t  ${rest.map((text) => String(text).padEnd(9)).join(" ")}`.trimEnd();
  return [
    `Total: ${total}`,
    `TCP:   ${tcp.total} (estab ${estab}, closed ${closed}, orphaned ${orphaned}, timewait ${timewait})`,
    "",
    "Transport Total     IP        IPv6",
    ...transports.map(({ transport, total, ip, ipv6 }) => line(transport, total, ip, ipv6)),
  ].join("\n");
}
