import {
  AF_PACKET,
  ETH_P_ALL,
  findControl,
  SO_TIMESTAMPNS,
  SOCK_RAW,
  SOL_SOCKET,
  type SockFilter,
  setOption,
  socket,
} from "berkeley";
import { Command } from "commander";
import { whole } from "./arguments.js";
import { numericFilter, SNAP_BYTES } from "./bpf.js";
import { compileFilter, FILTER_WORDS } from "./dump-filter.js";
import { summary, summaryText } from "./dump-packet.js";
import { Failure, failing } from "./failure.js";
import { examples } from "./help.js";
import { PcapFile } from "./pcap.js";
import { styled } from "./table.js";

interface DumpOptions {
  interface?: string;
  count?: number;
  bpf?: string;
  write?: string;
  json?: true;
}

const CONTROL_BYTES = 256;
/** Room for what comes while we write: packets that do not fit are lost. */
const RCVBUF_BYTES = 4 * 1024 * 1024;

/** linux/if_arp.h, linux/if_packet.h. */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;
const PACKET_OUTGOING = 4;

const LINKTYPE_ETHERNET = 1;
/** An Ethernet header: two addresses, and the type. Loopback has one, too, all zeros. */
const ETHERNET_BYTES = 14;

interface Packet {
  readonly ns: bigint;
  readonly ifname: string;
  readonly ethertype: number;
  readonly bytes: Buffer;
}

/** The time of day here, to the microsecond, as tcpdump has it. */
function clock(ns: bigint): string {
  const time = new Date(Number(ns / 1_000_000n));
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${text}.${String((ns % 1_000_000_000n) / 1000n).padStart(6, "0")}`;
}

function show({ ns, ifname, ethertype, bytes }: Packet, asJson: boolean): string {
  const said = summary(ethertype, bytes.subarray(ETHERNET_BYTES));
  if (!asJson) return `${styled("dim", clock(ns))} ${summaryText(said)}`;
  const time = `${Number(ns / 1000n) / 1e6}`;
  return JSON.stringify({ time, interface: ifname, ethertype, length: bytes.length, ...said });
}

/** A socket that gets what the filter lets through, from its first packet on. */
function open(options: DumpOptions, filter: SockFilter[] | null) {
  let sock: ReturnType<typeof socket<typeof AF_PACKET>> | undefined;
  try {
    // Protocol 0 receives nothing until bind: no packet comes past the filter.
    sock = socket(AF_PACKET, SOCK_RAW, 0);
    if (filter !== null) setOption(sock, "SO_ATTACH_FILTER", filter);
    setOption(sock, "SO_RCVBUF", RCVBUF_BYTES);
    sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    sock.bind([options.interface ?? "", ETH_P_ALL]);
    return sock;
  } catch (error) {
    sock?.close();
    const where = options.interface === undefined ? "" : ` on ${options.interface}`;
    throw failing(`cannot capture${where}`, error);
  }
}

async function* packets(
  sock: ReturnType<typeof open>,
  signal: AbortSignal,
): AsyncGenerator<Packet> {
  const buffer = Buffer.alloc(SNAP_BYTES);
  for (;;) {
    const [length, ancdata, , from] = await sock.recvmsgInto([buffer], CONTROL_BYTES, { signal });
    if (from === null) continue;
    const [ifname, ethertype, pkttype, hatype] = from;
    // Other links have other headers, which the file could not tell apart.
    if (hatype !== ARPHRD_ETHER && hatype !== ARPHRD_LOOPBACK) continue;
    // Loopback shows each packet as it goes and as it comes.
    if (hatype === ARPHRD_LOOPBACK && pkttype === PACKET_OUTGOING) continue;
    const ns = findControl(ancdata, "SCM_TIMESTAMPNS") ?? BigInt(Date.now()) * 1_000_000n;
    yield { ns, ifname, ethertype, bytes: Buffer.from(buffer.subarray(0, length)) };
  }
}

async function run(words: string[], options: DumpOptions): Promise<void> {
  if (options.bpf !== undefined && words.length > 0) throw new Failure("give a filter, or --bpf");
  const text = words.join(" ");
  const given = text === "" ? null : compileFilter(text);
  const sock = open(options, options.bpf === undefined ? given : numericFilter(options.bpf));
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  const { signal } = stop;
  let file: PcapFile | undefined;
  let count = 0;
  try {
    if (options.write !== undefined) {
      file = new PcapFile(options.write, LINKTYPE_ETHERNET, SNAP_BYTES, () => stop.abort());
      await file.opened();
    }
    console.error(`listening on ${options.interface ?? "every interface"}; Ctrl-C ends`);
    for await (const packet of packets(sock, signal)) {
      if (file === undefined) console.log(show(packet, options.json === true));
      else await file.write(packet, signal);
      count++;
      if (count === options.count) break;
    }
  } catch (error) {
    if (error instanceof Failure || !signal.aborted) throw failing("the capture ended", error);
  } finally {
    sock.close();
  }
  await file?.close();
  console.error(`${count} packets captured`);
}

export function dumpCommand(): Command {
  return new Command("dump")
    .summary("the packets of an interface, as lines or a pcap file")
    .description(
      "Captures packets of Ethernet links and loopback by a packet socket, which needs CAP_NET_RAW.\n" +
        `The kernel runs the filter: ${FILTER_WORDS}.`,
    )
    .argument("[filter...]", "which packets, as above; all without")
    .option("-i, --interface <name>", "the interface; all without")
    .option("-c, --count <number>", "end after so many", whole("A count", 1, 2 ** 31))
    .option("-w, --write <file>", "a pcap file in the place of lines; - is stdout")
    .option("--bpf <numbers>", "the filter as tcpdump -ddd prints it")
    .option("--json", "an object a line")
    .addHelpText(
      "after",
      examples([
        ["berkeley dump -i lo tcp port 80", "who talks with the web server"],
        ["berkeley dump -i eth0 -c 100 -w some.pcap", "for other programs"],
        ["berkeley dump -i eth0 -w - | wireshark -k -i -", "for one that reads along"],
        ["berkeley dump 'not port 22 and host 10.0.0.1'", "with an address, without ssh"],
        ['berkeley dump -i lo --bpf "$(tcpdump -ddd -i lo vlan)"', "what only libpcap can say"],
      ]),
    )
    .action(run);
}
