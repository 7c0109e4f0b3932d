import { setTimeout as delay } from "node:timers/promises";
import {
  AF_INET,
  findControl,
  MSG_ERRQUEUE,
  SO_EE_ORIGIN_LOCAL,
  SOCK_RAW,
  SocketError,
} from "berkeley";
import { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import { failing, inWords } from "./failure.js";
import { examples } from "./help.js";
import { echoRequest, ICMP_BYTES, type InternetSocket, icmpText, readEcho } from "./icmp.js";
import { type FamilyOptions, findHost, type Host } from "./internet.js";
import { openIcmp, prepareIcmp, type Reply, receiveReply } from "./ping-socket.js";
import { printable } from "./show.js";
import { Statistics, timeText } from "./statistics.js";
import { styled } from "./table.js";

interface PingOptions extends FamilyOptions {
  count?: number;
  interval: number;
  wait: number;
  size: number;
  ttl?: number;
  quiet?: true;
  json?: true;
}

/** An IPv4 packet is 65,535 bytes at most: 20 are its header, 8 ICMP's. */
const SIZE_MAX = 65_535 - 20 - ICMP_BYTES;
const CONTROL_BYTES = 512;

class Ping {
  readonly #sock: InternetSocket;
  readonly #host: Host;
  readonly #options: PingOptions;
  readonly #id = process.pid & 0xffff;
  readonly #statistics = new Statistics();
  readonly #replies: object[] = [];
  /** When each request that is not answered was sent, by its sequence number. */
  readonly #sent = new Map<number, number>();
  readonly #stop = new AbortController();
  #allAnswered = () => {};
  #startMs = performance.now();

  constructor(sock: InternetSocket, host: Host, options: PingOptions) {
    this.#sock = sock;
    this.#host = host;
    this.#options = options;
  }

  end(): void {
    this.#stop.abort();
  }

  #line(text: string): void {
    if (!this.#options.json && !this.#options.quiet) console.log(text);
  }

  #take({ seq, bytes, ttl }: Reply): void {
    const sentMs = this.#sent.get(seq);
    const isDuplicate = sentMs === undefined;
    const timeMs = isDuplicate ? null : performance.now() - sentMs;
    this.#sent.delete(seq);
    if (timeMs === null) this.#statistics.duplicates++;
    else this.#statistics.add(timeMs);
    this.#replies.push({ seq, bytes, ttl: ttl ?? null, timeMs });
    const hops = ttl === undefined ? "" : ` ttl=${ttl}`;
    const time = timeMs === null ? " (DUP!)" : ` time=${styled("green", timeText(timeMs))} ms`;
    this.#line(`${bytes} bytes from ${this.#host.numeric}: icmp_seq=${seq}${hops}${time}`);
    this.#settle();
  }

  #settle(): void {
    const { transmitted } = this.#statistics;
    if (this.#sent.size === 0 && transmitted === this.#options.count) this.#allAnswered();
  }

  async #hear(): Promise<void> {
    for (;;) {
      try {
        this.#take(await receiveReply(this.#sock, this.#id, this.#stop.signal));
      } catch (error) {
        // The error queue tells of it, with who sent it.
        if (this.#stop.signal.aborted) return;
        if (!(error instanceof SocketError)) throw error;
      }
    }
  }

  /** ICMP messages of routers, and errors of this machine's own. */
  async #hearErrors(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      let message: Awaited<ReturnType<InternetSocket["recvmsg"]>>;
      try {
        message = await this.#sock.recvmsg(512, CONTROL_BYTES, MSG_ERRQUEUE, { signal });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof SocketError) continue;
        throw error;
      }
      const [data, ancdata] = message;
      const why = findControl(ancdata, "IP_RECVERR") ?? findControl(ancdata, "IPV6_RECVERR");
      const echo = readEcho(data);
      if (why === undefined || echo === null) continue;
      if (this.#sock.type === SOCK_RAW && echo.id !== this.#id) continue;
      this.#statistics.errors++;
      this.#sent.delete(echo.seq);
      const text =
        why.origin === SO_EE_ORIGIN_LOCAL
          ? `local error: message too long, mtu=${why.info}`
          : `From ${why.offender?.[0]} icmp_seq=${echo.seq} ${icmpText(this.#host.family, why)}`;
      this.#line(styled("red", text));
      this.#settle();
    }
  }

  async #send(seq: number): Promise<void> {
    const request = echoRequest(this.#host.family, this.#id, seq, this.#options.size);
    this.#sent.set(seq & 0xffff, performance.now());
    this.#statistics.transmitted++;
    for (let tries = 0; ; tries++) {
      try {
        await this.#sock.send(request);
        return;
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        // An ICMP error that came meanwhile ends the next call, whichever that is: the error queue
        // tells of it, and what was to be sent is sent.
        if (tries === 0) continue;
        this.#sent.delete(seq & 0xffff);
        this.#statistics.errors++;
        this.#line(styled("red", `icmp_seq=${seq} not sent: ${inWords(error)}`));
        return;
      }
    }
  }

  async #sendAll(): Promise<void> {
    const { count = Number.POSITIVE_INFINITY, interval, wait } = this.#options;
    const { signal } = this.#stop;
    const answered = new Promise<void>((resolve) => {
      this.#allAnswered = resolve;
    });
    for (let seq = 1; seq <= count; seq++) {
      await this.#send(seq);
      if (seq < count) await delay(interval * 1000, null, { signal });
    }
    this.#settle();
    // As iputils: two round trips if anything answers at all, else the whole wait.
    const { received, maxMs } = this.#statistics;
    const lingerMs = received > 0 ? Math.max(2 * maxMs, interval * 1000) : wait * 1000;
    await Promise.race([answered, delay(lingerMs, null, { signal, ref: false })]);
  }

  /** Pings until the count is reached or `end`; gives whether anything answered. */
  async run(): Promise<boolean> {
    this.#startMs = performance.now();
    const hearing = Promise.all([this.#hear(), this.#hearErrors()]);
    try {
      await Promise.race([this.#sendAll(), hearing]);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      this.#stop.abort();
    }
    await hearing;
    return this.#statistics.received > 0;
  }

  summary(name: string): string {
    const { transmitted, received, duplicates, errors, lossPercent, rttMs } = this.#statistics;
    const timeMs = Math.round(performance.now() - this.#startMs);
    if (this.#options.json) {
      const { numeric: address } = this.#host;
      const counts = { transmitted, received, duplicates, errors, lossPercent, timeMs, rttMs };
      return JSON.stringify({ host: name, address, ...counts, replies: this.#replies }, null, 2);
    }
    const more = [
      ...(duplicates > 0 ? [`+${duplicates} duplicates`] : []),
      ...(errors > 0 ? [`+${errors} errors`] : []),
    ].map((text) => `${text}, `);
    const loss = styled(lossPercent > 0 ? "red" : "green", `${lossPercent}% packet loss`);
    const lines = [
      "",
      `--- ${printable(name)} ping statistics ---`,
      `${transmitted} packets transmitted, ${received} received, ${more.join("")}${loss}, time ${timeMs}ms`,
    ];
    if (rttMs !== null) {
      const { min, avg, max, mdev } = rttMs;
      const times = [min, avg, max, mdev].map((ms) => ms.toFixed(3)).join("/");
      lines.push(`rtt min/avg/max/mdev = ${times} ms`);
    }
    return lines.join("\n");
  }
}

function title(name: string, { family, numeric }: Host, size: number): string {
  const host = printable(name);
  return family === AF_INET
    ? `PING ${host} (${numeric}) ${size}(${size + ICMP_BYTES + 20}) bytes of data.`
    : `PING ${host}(${numeric}) ${size} data bytes`;
}

async function run(name: string, options: PingOptions): Promise<void> {
  const host = await findHost(name, options);
  const sock = openIcmp(host.family);
  try {
    try {
      prepareIcmp(sock, options.ttl);
      await sock.connect(host.address as [string, number]);
    } catch (error) {
      throw failing(`cannot ping ${host.numeric}`, error);
    }
    if (!options.json) console.log(title(name, host, options.size));
    const ping = new Ping(sock, host, options);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ping.end());
    const isAnswered = await ping.run();
    console.log(ping.summary(name));
    // As ping: nobody answered.
    if (!isAnswered) process.exitCode = 1;
  } finally {
    sock.close();
  }
}

export function pingCommand(): Command {
  return new Command("ping")
    .summary("ICMP echo: does a host answer, and how soon")
    .description(
      "Sends ICMP echo requests and shows the answers, with iputils' statistics; Ctrl-C ends.\n" +
        "It needs no privilege where net.ipv4.ping_group_range has the user's group, else CAP_NET_RAW.",
    )
    .argument("<host>", "name or address")
    .option("-c, --count <number>", "end after so many", whole("A count", 1, 2 ** 31))
    .option("-i, --interval <seconds>", "from one to the next", seconds("An interval"), 1)
    .option("-W, --wait <seconds>", "how long to wait for the first answer", seconds("A wait"), 10)
    .option("-s, --size <bytes>", "of data in each", whole("A size", 0, SIZE_MAX), 56)
    .option("-t, --ttl <hops>", "time to live", whole("A time to live", 1, 255))
    .option("-4, --ipv4", "IPv4 only")
    .option("-6, --ipv6", "IPv6 only")
    .option("-q, --quiet", "the statistics alone")
    .option("--json", "the answers and the statistics as JSON, at the end")
    .addHelpText(
      "after",
      examples([
        ["berkeley ping example.org", "until Ctrl-C"],
        ["berkeley ping -c 3 -i 0.2 ::1", "three, five a second"],
        ["berkeley ping -t 1 -c 1 example.org", "the first router tells that it ends there"],
        ["berkeley ping -c 1 --json localhost", "for a program"],
      ]),
    )
    .action(run);
}
