import { AF_INET, AF_INET6, SocketError } from "berkeley";
import { Command } from "commander";
import { Failure, failing, inWords } from "./failure.js";
import { examples } from "./help.js";
import { type Filter, parseFilter } from "./ss-filter.js";
import { type Holder, holders, usersText } from "./ss-holders.js";
import { portNames } from "./ss-ports.js";
import { rawSockets } from "./ss-raw.js";
import { type Found, inetSockets, states, unixSockets } from "./ss-sockets.js";
import { summary, summaryText } from "./ss-summary.js";
import { type Column, json, type Style, table } from "./table.js";

interface SsOptions {
  tcp?: true;
  udp?: true;
  raw?: true;
  unix?: true;
  listening?: true;
  all?: true;
  numeric?: true;
  ipv4?: true;
  ipv6?: true;
  processes?: true;
  options?: true;
  summary?: true;
  header: boolean;
  json?: true;
}

const INTERNET = ["raw", "udp", "tcp"] as const;

/** What to do if some sockets cannot be listed. ENOENT means that the kernel lacks that part: nothing of
 *  it is shown, with a word to a user who asked for it. */
function complain(what: string, error: unknown, isWanted: boolean): Found[] {
  if (!(error instanceof SocketError) || error.code !== "ENOENT") {
    throw failing(`cannot list ${what} sockets`, error);
  }
  if (isWanted)
    console.error(`berkeley: this kernel cannot list ${what} sockets: ${inWords(error)}`);
  return [];
}

/** Bits of states: the filter takes precedence over -a and -l. */
function wantedStates({ all, listening, ...options }: SsOptions, filter: Filter): number {
  if (filter.wanted !== null) return filter.wanted;
  if (all) return states.all;
  if (listening) return states.listening;
  // Datagram sockets have no other connected state.
  const isDatagrams = (options.udp || options.raw) && !options.tcp && !options.unix;
  return isDatagrams ? states.established : states.connected;
}

/** In the order of ss. */
async function collect(options: SsOptions, filter: Filter): Promise<Found[]> {
  const isEverything = !(options.tcp || options.udp || options.raw || options.unix);
  const hasFamily = options.ipv4 || options.ipv6;
  // As ss: -4 and -6 ask for every kind of theirs, unless some are named; beside -x, too.
  const isNamed = options.tcp || options.udp || options.raw || (options.unix && !hasFamily);
  const wanted = wantedStates(options, filter);
  const families = ([AF_INET, AF_INET6] as const).filter(
    (family) => !hasFamily || (family === AF_INET ? options.ipv4 : options.ipv6),
  );
  const found: Found[] = [];
  if (!filter.hasPorts && (options.unix || (isEverything && !hasFamily))) {
    found.push(
      ...(await unixSockets(wanted).catch((error) => complain("Unix", error, !isEverything))),
    );
  }
  for (const netid of INTERNET) {
    if (isNamed && !options[netid]) continue;
    for (const family of families) {
      const some =
        netid === "raw" ? rawSockets(family, wanted) : inetSockets(netid, family, wanted);
      found.push(...(await some.catch((error) => complain(netid, error, !isEverything))));
    }
  }
  return found.filter(filter.test);
}

/** A socket, and who holds it, if that was asked. */
type Listed = Found & { users?: Holder[] };

async function list(options: SsOptions, filter: Filter): Promise<Listed[]> {
  const found = await collect(options, filter);
  if (!options.processes) return found;
  const held = holders();
  return found.map((row) => ({ ...row, users: held.get(row.inode) ?? [] }));
}

/** `119min`, `1.200ms`, …: as ss, minutes and seconds to two figures. */
function timeText(ms: number): string {
  const [minutes, seconds] = [Math.floor(ms / 60_000), Math.floor(ms / 1000) % 60];
  if (minutes > 0) return `${minutes}min${minutes > 9 || seconds === 0 ? "" : `${seconds}sec`}`;
  const rest = seconds > 9 ? 0 : ms % 1000;
  const fraction = rest === 0 ? "" : `${String(rest).padStart(3, "0")}ms`;
  if (seconds === 0) return fraction;
  return `${seconds}${fraction === "" ? "sec" : `.${fraction}`}`;
}

function timerText({ timer }: Found): string {
  return timer ? `timer:(${timer.name},${timeText(timer.ms)},${timer.retransmits})` : "";
}

const STYLES: Readonly<Record<string, Style>> = { LISTEN: "cyan", ESTAB: "green" };

function shape(options: SsOptions): Column<Listed>[] {
  const name = portNames(options.numeric === true);
  const end = (which: "local" | "peer") => (row: Found) => {
    const { address, port } = row[which];
    if (row.netid.startsWith("u_")) return `${address} ${port}`;
    return `${address}:${name(row.netid, port)}`;
  };
  return [
    { title: "Netid", text: ({ netid }) => netid },
    { title: "State", text: ({ state }) => state, style: ({ state }) => STYLES[state] },
    { title: "Recv-Q", text: ({ recvQ }) => String(recvQ) },
    { title: "Send-Q", text: ({ sendQ }) => String(sendQ) },
    { title: "Local Address:Port", text: end("local") },
    { title: "Peer Address:Port", text: end("peer") },
    ...(options.processes
      ? [{ title: "Process", text: ({ users }: Listed) => usersText(users ?? []) }]
      : []),
    ...(options.options ? [{ title: "Timer", text: timerText }] : []),
  ];
}

async function run(words: string[], options: SsOptions): Promise<void> {
  const filter = parseFilter(words);
  if (options.summary) {
    if (words.length > 0) throw new Failure("-s counts all sockets: it takes no filter");
    const counted = summary();
    console.log(options.json ? JSON.stringify(counted) : summaryText(counted));
    return;
  }
  const found = await list(options, filter);
  if (options.json) {
    console.log(json(found));
    return;
  }
  const { tcp, udp, raw, unix } = options;
  const isOne = [tcp, udp, raw, unix].filter(Boolean).length === 1;
  const wanted = wantedStates(options, filter);
  // As ss: what would be the same on every line is left out.
  const hidden = new Set([
    ...(isOne && !unix ? ["Netid"] : []),
    ...((wanted & (wanted - 1)) === 0 ? ["State"] : []),
  ]);
  const columns = shape(options).filter(({ title }) => !hidden.has(title));
  const text = table(found, columns, { titles: options.header });
  if (text !== "") console.log(text);
}

export function ssCommand(): Command {
  return new Command("ss")
    .summary("the sockets of this machine, as the kernel lists them")
    .description(
      "Lists TCP, UDP, raw and Unix sockets by netlink (sock_diag), connected ones\n" +
        "unless asked for others, in the columns of ss.\n" +
        "In a Unix name that is not UTF-8, bytes that are not ASCII are shown as \\xff.",
    )
    .argument("[filter...]", "state NAME, exclude NAME; sport or dport = :PORT, with and, or")
    .option("-t, --tcp", "TCP")
    .option("-u, --udp", "UDP")
    .option("-w, --raw", "raw")
    .option("-x, --unix", "Unix")
    .option("-l, --listening", "those that listen, and those that are not connected")
    .option("-a, --all", "both")
    .option("-n, --numeric", "ports as numbers")
    .option("-4, --ipv4", "IPv4 only")
    .option("-6, --ipv6", "IPv6 only")
    .option("-p, --processes", "which processes hold each; only root sees those of other users")
    .option("-o, --options", "the timer that runs for each")
    .option("-s, --summary", "how many there are, without listing them")
    .option("-H, --no-header", "no line of titles")
    .option("--json", "as JSON, with inodes and users")
    .addHelpText(
      "after",
      examples([
        ["berkeley ss", "what is connected"],
        ["berkeley ss -tlnp", "which programs listen on TCP"],
        ["berkeley ss -xa", "every Unix socket"],
        ["berkeley ss -t state established", "connections in one state"],
        ["berkeley ss -tan sport = :22 or dport = :22", "to and from a port"],
        ["berkeley ss -ta --json", "for a program"],
      ]),
    )
    .action(run);
}
