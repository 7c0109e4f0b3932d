import { Command } from "commander";
import { whole } from "./arguments.js";
import { EVERYTHING, numericFilter, SNAP_BYTES } from "./bpf.js";
import { compileFilter, FILTER_WORDS } from "./dump-filter.js";
import { Capture, type LinkKind, type Packet } from "./dump-link.js";
import { summary, summaryText } from "./dump-packet.js";
import { Failure, failing } from "./failure.js";
import { examples } from "./help.js";
import { print } from "./output.js";
import { PcapFile } from "./pcap.js";
import { styled } from "./table.js";

interface DumpOptions {
  interface?: string;
  promiscuous: boolean;
  count?: number;
  bpf?: string;
  write?: string;
  snapshotLength?: number;
  json?: true;
}

/** The part of a tag's content that is the VLAN's number. */
const VLAN_ID_MASK = 0xfff;

/** The local time of day, to the microsecond, as in tcpdump. */
function clock(ns: bigint): string {
  const time = new Date(Number(ns / 1_000_000n));
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${text}.${String((ns % 1_000_000_000n) / 1000n).padStart(6, "0")}`;
}

function show({ headerBytes }: LinkKind, packet: Packet, asJson: boolean): string {
  const { ns, ifname, ethertype, bytes, vlan } = packet;
  const said = summary(ethertype, bytes.subarray(headerBytes));
  if (!asJson) return `${styled("dim", clock(ns))} ${summaryText(said)}`;
  const time = `${Number(ns / 1000n) / 1e6}`;
  const link = { interface: ifname, ...(vlan && { vlan: vlan.readUInt16BE(2) & VLAN_ID_MASK }) };
  return JSON.stringify({ time, ...link, ethertype, length: bytes.length, ...said });
}

/** As tcpdump. Packets received but not captured were still waiting at the end, or there was no room for
 *  them. */
function tell(count: number, capture: Capture): void {
  const { packets, drops } = capture.statistics();
  console.error(`${count} packets captured`);
  console.error(`${packets} packets received by the filter`);
  console.error(`${drops} packets dropped by the kernel`);
}

/** Shows or writes what is captured, until the end. */
async function record(capture: Capture, from: string, options: DumpOptions): Promise<void> {
  const { kind } = capture;
  const snapBytes = options.snapshotLength || SNAP_BYTES;
  const stop = new AbortController();
  const { signal } = stop;
  let file: PcapFile | undefined;
  if (options.write !== undefined) {
    file = new PcapFile(options.write, kind.linkType, snapBytes, () => stop.abort());
    await file.opened();
  }
  // Only now, since it takes until somebody reads a pipe to open it: a signal still ends the program then.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => stop.abort());
  }
  console.error(`listening on ${from}; Ctrl-C ends`);
  let count = 0;
  try {
    for await (const packet of capture.packets(signal)) {
      if (file === undefined) {
        const line = show(kind, packet, options.json === true);
        await print(Buffer.from(`${line}\n`), signal);
      } else {
        await file.write({ ns: packet.ns, bytes: kind.record(packet) }, signal);
      }
      count++;
      if (count === options.count) break;
    }
  } catch (error) {
    if (!signal.aborted) {
      tell(count, capture);
      throw failing("the capture ended", error);
    }
  }
  await file?.close();
  tell(count, capture);
}

async function run(words: string[], options: DumpOptions): Promise<void> {
  if (options.bpf !== undefined && words.length > 0) {
    throw new Failure("give a filter or --bpf, not both");
  }
  if (options.interface === "") throw new Failure("-i needs the name of an interface, or any");
  const ifname = options.interface === "any" ? undefined : options.interface;
  if (options.bpf !== undefined && ifname === undefined) {
    throw new Failure("--bpf needs -i INTERFACE: the offsets in a packet depend on its link");
  }
  const text = words.join(" ");
  const given = text === "" ? EVERYTHING : compileFilter(text);
  const capture = new Capture(
    ifname,
    options.bpf === undefined ? given : numericFilter(options.bpf),
    options.promiscuous,
  );
  try {
    await record(capture, ifname ?? "every interface", options);
  } finally {
    capture.close();
  }
}

export function dumpCommand(): Command {
  return new Command("dump")
    .summary("the packets of an interface, as lines or a pcap file")
    .description(
      "Captures packets with a packet socket, which needs CAP_NET_RAW. The link's\n" +
        "header is included on Ethernet and loopback, not elsewhere, nor with -i any.\n" +
        `The kernel runs the filter: ${FILTER_WORDS}.`,
    )
    .argument("[filter...]", "which packets, as above; without it, all")
    .option("-i, --interface <name>", "the interface; if left out, or any, all of them")
    .option("-p, --no-promiscuous", "do not turn on promiscuous mode, which -i NAME does otherwise")
    .option("-c, --count <number>", "end after so many packets", whole("A count", 1, 2 ** 31))
    .option("-w, --write <file>", "write a pcap file instead of lines; - is stdout")
    .option(
      "-s, --snapshot-length <bytes>",
      "keep at most so many bytes of each packet in the file",
      whole("A length", 0, SNAP_BYTES),
    )
    .option("-n, --numeric", "accepted for users of tcpdump: everything is shown as numbers anyway")
    .option("--bpf <numbers>", "the filter as tcpdump -ddd prints it")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      examples([
        ["berkeley dump -i lo tcp port 80", "who talks to the web server"],
        ["berkeley dump -i eth0 -c 100 -w some.pcap", "for other programs"],
        ["berkeley dump -i eth0 -w - | wireshark -k -i -", "for a program that reads along"],
        ["berkeley dump 'not port 22 and host 10.0.0.1'", "one host, without ssh"],
        ['berkeley dump -i lo --bpf "$(tcpdump -ddd -i lo vlan)"', "what only libpcap can express"],
      ]),
    )
    .action(run);
}
