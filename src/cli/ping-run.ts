import { setTimeout as delay } from "node:timers/promises";
import { findControl, MSG_ERRQUEUE, SO_EE_ORIGIN_LOCAL, SOCK_RAW, SocketError } from "berkeley";
import { elapsedMs } from "./arrival.js";
import { inWords } from "./failure.js";
import {
  echoRequest,
  goesOn,
  ICMP_BYTES,
  type InternetSocket,
  icmpText,
  readEcho,
} from "./icmp.js";
import type { FamilyOptions, Host } from "./internet.js";
import { echoData, wrongByte, wrongText } from "./ping-data.js";
import { type Reply, receiveReply } from "./ping-socket.js";
import { hostText, printable } from "./show.js";
import { Statistics, timeText } from "./statistics.js";
import { styled } from "./table.js";

export interface PingOptions extends FamilyOptions {
  count?: number;
  interval: number;
  wait: number;
  deadline?: number;
  size: number;
  ttl?: number;
  interface?: string;
  broadcast?: true;
  numeric?: true;
  quiet?: true;
  json?: true;
}

/** How the host is reached. */
export interface Route {
  /** Null if the socket is connected. */
  readonly to: [string, number] | null;
  /** Whether others than the host may answer. */
  readonly isShared: boolean;
  /** To be shown with its address. */
  readonly hostName: string | null;
}

interface Sent {
  ms: number;
  isWaiting: boolean;
  isAnswered: boolean;
}

/** Room for a time and an error with its address, several times over. */
const CONTROL_BYTES = 512;

/** One host being pinged. */
export class Ping {
  readonly #sock: InternetSocket;
  readonly #host: Host;
  readonly #route: Route;
  readonly #options: PingOptions;
  readonly #id = process.pid & 0xffff;
  readonly #data: Buffer;
  readonly #statistics = new Statistics();
  readonly #replies: object[] = [];
  /** The last 65,536 requests, by their sequence numbers. */
  readonly #sent = new Map<number, Sent>();
  #waiting = 0;
  readonly #stop = new AbortController();
  #allAnswered = () => {};

  constructor(sock: InternetSocket, host: Host, route: Route, options: PingOptions) {
    this.#sock = sock;
    this.#host = host;
    this.#route = route;
    this.#options = options;
    this.#data = echoData(options.size);
  }

  end(): void {
    this.#stop.abort();
  }

  #line(text: string): void {
    if (!this.#options.json && !this.#options.quiet) console.log(text);
  }

  #take(reply: Reply): void {
    const { seq, data, ttl, from, arrival } = reply;
    const sent = this.#sent.get(seq);
    // A request may be answered even though there was an error for it.
    const isDuplicate = sent === undefined || sent.isAnswered;
    const timeMs = sent === undefined ? null : elapsedMs(sent.ms, arrival);
    if (sent !== undefined) sent.isAnswered = true;
    if (isDuplicate) this.#statistics.duplicates++;
    else if (timeMs !== null) this.#statistics.add(timeMs);
    this.#done(seq);
    const isTruncated = data.length < this.#data.length;
    const wrong = isTruncated ? null : wrongByte(data, this.#data);
    const bytes = ICMP_BYTES + data.length;
    if (this.#options.json) {
      this.#replies.push({ seq, bytes, ttl: ttl ?? null, timeMs, from, wrongByte: wrong });
    }
    const hops = ttl === undefined ? "" : ` ttl=${ttl}`;
    const { hostName, isShared } = this.#route;
    const isHost = from === this.#host.numeric;
    const who = hostName !== null && isHost ? `${hostName} (${from})` : from;
    const start = `${bytes} bytes from ${who}: icmp_seq=${seq}${hops}`;
    if (isTruncated) {
      this.#line(`${start} (truncated)`);
    } else {
      const time = timeMs === null ? "" : ` time=${styled("green", timeText(timeMs))} ms`;
      const duplicate = isDuplicate ? " (DUP!)" : "";
      const different = isHost || isShared ? "" : " (DIFFERENT ADDRESS!)";
      this.#line(`${start}${time}${duplicate}${different}`);
      if (wrong !== null) this.#line(styled("red", wrongText(data, this.#data, wrong)));
    }
    this.#settle();
  }

  /** The request is no longer waiting: it was answered, there was an error for it, or it was not sent. */
  #done(seq: number): void {
    const sent = this.#sent.get(seq);
    if (!sent?.isWaiting) return;
    sent.isWaiting = false;
    this.#waiting--;
    this.#statistics.ended(seq);
  }

  #settle(): void {
    const { transmitted, received } = this.#statistics;
    const { count, deadline } = this.#options;
    // As iputils: with a deadline, the count is one of answers.
    const isEnough = deadline === undefined ? transmitted === count : received === count;
    if (isEnough && (this.#waiting === 0 || deadline !== undefined)) this.#allAnswered();
  }

  async #hear(): Promise<void> {
    for (;;) {
      try {
        this.#take(await receiveReply(this.#sock, this.#id, this.#stop.signal));
      } catch (error) {
        // The error queue has this error, too, and with its sender.
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
      const { family } = this.#host;
      const text =
        why.origin === SO_EE_ORIGIN_LOCAL
          ? `local error: message too long, mtu=${why.info}`
          : `From ${why.offender && hostText(why.offender)} icmp_seq=${echo.seq} ${icmpText(family, why)}`;
      if (goesOn(family, why)) {
        this.#line(styled("yellow", text));
        continue;
      }
      this.#line(styled("red", text));
      this.#statistics.errors++;
      this.#done(echo.seq);
      this.#settle();
      // As iputils: with a deadline it waits for answers, or for an error.
      if (this.#options.deadline !== undefined) this.end();
    }
  }

  async #send(seq: number): Promise<void> {
    const request = echoRequest(this.#host.family, this.#id, seq, this.#data);
    const { to } = this.#route;
    const sent: Sent = { ms: performance.now(), isWaiting: true, isAnswered: false };
    this.#sent.set(seq & 0xffff, sent);
    this.#waiting++;
    this.#statistics.sent(sent.ms);
    for (let tries = 0; ; tries++) {
      try {
        // Read right before the call.
        sent.ms = performance.now();
        await (to === null ? this.#sock.send(request) : this.#sock.sendto(request, to));
        return;
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        // An ICMP error that came meanwhile fails the next call, whichever that is. The error queue
        // has it, too; this request is sent again.
        if (tries === 0) continue;
        this.#done(seq & 0xffff);
        this.#statistics.errors++;
        this.#line(styled("red", `icmp_seq=${seq} not sent: ${inWords(error)}`));
        return;
      }
    }
  }

  async #sendAll(): Promise<void> {
    const { count = Number.POSITIVE_INFINITY, interval, wait, deadline } = this.#options;
    const { signal } = this.#stop;
    const answered = new Promise<void>((resolve) => {
      this.#allAnswered = resolve;
    });
    const last = deadline === undefined ? count : Number.POSITIVE_INFINITY;
    for (let seq = 1; seq <= last; seq++) {
      await this.#send(seq);
      if (seq < last) await Promise.race([answered, delay(interval * 1000, null, { signal })]);
      if (deadline !== undefined && this.#statistics.received === count) return;
    }
    this.#settle();
    // As iputils: two round trips if anything answers at all, else the whole wait.
    const { received, maxMs } = this.#statistics;
    const lingerMs = received > 0 ? Math.max(2 * maxMs, interval * 1000) : wait * 1000;
    await Promise.race([answered, delay(lingerMs, null, { signal, ref: false })]);
  }

  /** Pings until the count, the deadline, or `end`. Returns whether the host has answered. */
  async run(): Promise<boolean> {
    const { count = 1, deadline } = this.#options;
    const timer = deadline && setTimeout(() => this.#stop.abort(), deadline * 1000);
    const hearing = Promise.all([this.#hear(), this.#hearErrors()]);
    try {
      await Promise.race([this.#sendAll(), hearing]);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      this.#stop.abort();
    }
    await hearing;
    return this.#statistics.received >= (deadline === undefined ? 1 : count);
  }

  summary(name: string): string {
    const { transmitted, received, duplicates, errors, lossPercent } = this.#statistics;
    const { rttMs, pipe } = this.#statistics;
    const timeMs = Math.round(this.#statistics.timeMs);
    if (this.#options.json) {
      const { numeric: address } = this.#host;
      const counts = { transmitted, received, duplicates, errors, lossPercent };
      const times = { timeMs, rttMs, pipe };
      const all = { host: name, address, ...counts, ...times, replies: this.#replies };
      return JSON.stringify(all, null, 2);
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
    const last: string[] = [];
    if (rttMs !== null) {
      const { min, avg, max, mdev } = rttMs;
      const times = [min, avg, max, mdev].map((ms) => ms.toFixed(3)).join("/");
      last.push(`rtt min/avg/max/mdev = ${times} ms`);
    }
    if (pipe > 1) last.push(`pipe ${pipe}`);
    if (last.length > 0) lines.push(last.join(", "));
    return lines.join("\n");
  }
}
