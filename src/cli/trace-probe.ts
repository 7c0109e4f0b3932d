import {
  AF_INET6,
  type ExtendedError,
  findControl,
  IP_RECVERR,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  IPV6_UNICAST_HOPS,
  MSG_ERRQUEUE,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOL_SOCKET,
  SocketError,
  socket,
} from "berkeley";
import { type Arrival, arrival, elapsedMs } from "./arrival.js";
import { failing } from "./failure.js";
import type { InternetSocket } from "./icmp.js";
import type { Host } from "./internet.js";
import { hostText, type InternetAddress } from "./show.js";

/** Traceroute's: most likely nobody listens on it, nor on those after it. */
export const FIRST_PORT = 33_434;
const PORT_MAX = 65_535;
const PROBE = Buffer.from("berkeley trace\n");
const CONTROL_BYTES = 512;

export interface Answer {
  /** Who says so: null for this machine. */
  readonly host: string | null;
  readonly address: InternetAddress | null;
  readonly timeMs: number;
  /** Null for a datagram: somebody listens on the port, and answers. */
  readonly why: ExtendedError | null;
}

type Heard = Omit<Answer, "timeMs"> & { readonly arrival: Arrival };
type Message = Awaited<ReturnType<InternetSocket["recvmsg"]>>;

/** Sends datagrams that do not get far, each to a port of its own, and hears what comes of them: ICMP
 *  errors, or the answer of a program that listens on the port. */
export class Prober {
  readonly #sock: InternetSocket;
  readonly #host: Host;
  readonly #stop = new AbortController();
  readonly #waiting = new Map<number, (heard: Heard | null) => void>();
  readonly #hearing: Promise<unknown>;
  #nextPort: number;

  constructor(host: Host, firstPort: number) {
    this.#host = host;
    this.#nextPort = firstPort;
    this.#sock = socket(host.family, SOCK_DGRAM);
    this.#sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (host.family === AF_INET6) this.#sock.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1);
    else this.#sock.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
    this.#hearing = Promise.all([
      this.#hear(MSG_ERRQUEUE, (message) => this.#takeError(message)),
      this.#hear(0, (message) => this.#takeDatagram(message)),
    ]);
  }

  async #hear(flags: number, take: (message: Message) => void): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      try {
        take(await this.#sock.recvmsg(512, CONTROL_BYTES, flags, { signal }));
      } catch (error) {
        // An ICMP error also fails the next call; the error queue has it, too.
        if (signal.aborted) return;
        if (!(error instanceof SocketError)) throw error;
      }
    }
  }

  #takeError([, ancdata, , to]: Message): void {
    const came = arrival(ancdata);
    const why = findControl(ancdata, "IP_RECVERR") ?? findControl(ancdata, "IPV6_RECVERR");
    if (why === undefined || to === null) return;
    const isIcmp = why.origin === SO_EE_ORIGIN_ICMP || why.origin === SO_EE_ORIGIN_ICMP6;
    const address = isIcmp ? why.offender : null;
    const host = address && hostText(address);
    this.#waiting.get(to[1])?.({ host, address, why, arrival: came });
  }

  /** Its port says which probe it answers; its address may be another one of the host's. */
  #takeDatagram([, ancdata, , from]: Message): void {
    const came = arrival(ancdata);
    if (from === null) return;
    const answer = { host: hostText(from), address: from, why: null, arrival: came };
    this.#waiting.get(from[1])?.(answer);
  }

  /** Returns when it was sent: performance.now() right before the call. */
  async #send(port: number): Promise<number> {
    const [host, , ...rest] = this.#host.address;
    const to = [host, port, ...rest] as [string, number];
    for (let tries = 0; ; tries++) {
      try {
        const sentMs = performance.now();
        await this.#sock.sendto(PROBE, to);
        return sentMs;
      } catch (error) {
        // The ICMP error of an earlier probe fails the next call, whichever that is.
        if (error instanceof SocketError && tries === 0) continue;
        throw failing(`cannot trace ${this.#host.numeric}`, error);
      }
    }
  }

  /** One probe that lives for `hops`; null if nothing came of it in time. */
  async probe(hops: number, waitSec: number, signal: AbortSignal): Promise<Answer | null> {
    signal.throwIfAborted();
    const port = this.#nextPort;
    // So an answer that comes late is not taken for that of another probe.
    this.#nextPort = port === PORT_MAX ? FIRST_PORT : port + 1;
    const answered = new Promise<Heard | null>((resolve) => this.#waiting.set(port, resolve));
    const give = () => this.#waiting.get(port)?.(null);
    // What came while the program was stopped (Ctrl-Z) comes first.
    const timer = setTimeout(() => setImmediate(give), waitSec * 1000);
    signal.addEventListener("abort", give);
    try {
      if (this.#host.family === AF_INET6) {
        this.#sock.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops);
      } else {
        this.#sock.setsockopt(IPPROTO_IP, IP_TTL, hops);
      }
      const sentMs = await this.#send(port);
      const heard = await answered;
      signal.throwIfAborted();
      if (heard === null) return null;
      const { arrival, ...answer } = heard;
      return { ...answer, timeMs: elapsedMs(sentMs, arrival) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
      this.#waiting.delete(port);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#hearing;
    this.#sock.close();
  }
}
