import { AF_INET, SocketError } from "berkeley";
import { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import { warmUp } from "./arrival.js";
import { Failure, failing } from "./failure.js";
import { examples } from "./help.js";
import { ICMP_BYTES, type InternetSocket } from "./icmp.js";
import { findHost, type Host, nameOf, soon, withFamily } from "./internet.js";
import { Ping, type PingOptions } from "./ping-run.js";
import { connectIcmp, isInterface, openIcmp, prepareIcmp } from "./ping-socket.js";
import { hostText, printable } from "./show.js";

/** An IPv4 packet is 65,535 bytes at most: 20 are its header, 8 ICMP's. */
const SIZE_MAX = 65_535 - 20 - ICMP_BYTES;

/** As iputils has it: IPv6 without a blank before the address, and without the headers' lengths. */
function title(name: string, host: Host, hostName: string | null, from: string, size: number) {
  const { family, numeric } = host;
  const shown = printable(name);
  return family === AF_INET
    ? `PING ${shown} (${numeric})${from} ${size}(${size + ICMP_BYTES + 20}) bytes of data.`
    : `PING ${shown}(${hostName === null ? numeric : `${hostName} (${numeric})`})${from} ${size} data bytes`;
}

/** How to reach the host: `source` is this machine's address on the way. */
async function connect(sock: InternetSocket, host: Host, options: PingOptions) {
  try {
    prepareIcmp(sock, options.ttl);
    const { interface: where, broadcast } = options;
    return await connectIcmp(sock, host, { where, isBroadcast: broadcast === true });
  } catch (error) {
    if (error instanceof SocketError && error.code === "EACCES" && !options.broadcast) {
      throw new Failure(
        `cannot ping ${host.numeric}: if it is a broadcast address add -b, else a firewall forbids it (EACCES)`,
      );
    }
    throw failing(`cannot ping ${host.numeric}`, error);
  }
}

/** As ping, where 1 means that nobody answered. */
const CANNOT_STATUS = 2;

async function run(name: string, options: PingOptions): Promise<void> {
  try {
    await ping(name, options);
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.message, CANNOT_STATUS) : error;
  }
}

async function ping(name: string, options: PingOptions): Promise<void> {
  if (options.interval === 0 && process.geteuid?.() !== 0) {
    throw new Failure("only root may use an interval of 0: it sends as fast as it can");
  }
  const where = options.interface;
  const ifname = where !== undefined && isInterface(where) ? where : undefined;
  const host = await findHost(name, options, ifname);
  const sock = openIcmp(host.family);
  try {
    const { to, source, isShared } = await connect(sock, host, options);
    const isNamed = host.isNamed && !options.numeric && !options.json;
    const hostName = isNamed ? await soon(nameOf(host.address)) : null;
    const from = where === undefined ? "" : ` from ${hostText(source)} ${ifname ?? ""}:`;
    if (!options.json) console.log(title(name, host, hostName, from, options.size));
    await warmUp(host.family);
    const pinging = new Ping(sock, host, { to, isShared, hostName }, options);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => pinging.end());
    const isAnswered = await pinging.run();
    console.log(pinging.summary(name));
    if (!isAnswered) process.exitCode = 1;
  } finally {
    sock.close();
  }
}

export function pingCommand(): Command {
  return withFamily(new Command("ping"))
    .summary("ICMP echo: does a host answer, and how soon")
    .description(
      "Sends ICMP echo requests and shows the answers, as iputils does; Ctrl-C ends.\n" +
        "It needs no privilege if net.ipv4.ping_group_range includes a group of the\n" +
        "user's, else CAP_NET_RAW.",
    )
    .argument("<host>", "name or address")
    .option("-c, --count <number>", "end after so many requests", whole("A count", 1, 2 ** 31))
    .option(
      "-i, --interval <seconds>",
      "from one request to the next",
      seconds("An interval", 0),
      1,
    )
    .option("-W, --wait <seconds>", "how long to wait for the first answer", seconds("A wait"), 10)
    .option(
      "-w, --deadline <seconds>",
      "end after so many seconds, or at an error; with -c, wait for that many answers",
      seconds("A deadline"),
    )
    .option("-I, --interface <name>", "the interface, or an address of this machine, to send from")
    .option("-b, --broadcast", "allow a broadcast address")
    .option("-n, --numeric", "only addresses, without the host's name")
    .option("-s, --size <bytes>", "how much data in each request", whole("A size", 0, SIZE_MAX), 56)
    .option("-t, --ttl <hops>", "time to live", whole("A time to live", 1, 255))
    .option("-q, --quiet", "only the statistics")
    .option("--json", "the answers and the statistics as JSON, at the end")
    .addHelpText(
      "after",
      examples([
        ["berkeley ping example.org", "until Ctrl-C"],
        ["berkeley ping -c 3 -i 0.2 ::1", "three, five a second"],
        ["berkeley ping -I eth0 fe80::1", "an address that each link can have"],
        ["berkeley ping -t 1 -c 1 example.org", "the first router says that it ended there"],
        ["berkeley ping -c 1 --json localhost", "for a program"],
      ]),
    )
    .action(run);
}
