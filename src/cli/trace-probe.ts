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
  SOCK_DGRAM,
  SocketError,
  socket,
} from "berkeley";
import { failing } from "./failure.js";
import type { InternetSocket } from "./icmp.js";
import type { Host } from "./internet.js";

/** Traceroute's: nobody listens on it and those behind it, most likely. */
const FIRST_PORT = 33_434;
const PROBE = Buffer.from("berkeley trace\n");
const CONTROL_BYTES = 512;

export interface Answer {
  /** Who says so: null for an answer that is no ICMP message. */
  readonly host: string | null;
  readonly timeMs: number;
  readonly why: ExtendedError | null;
}

/** Datagrams that do not get far, each to a port of its own, and the ICMP errors they call forth. */
export class Prober {
  readonly #sock: InternetSocket;
  readonly #host: Host;
  readonly #stop = new AbortController();
  readonly #waiting = new Map<number, (answer: Answer | null) => void>();
  readonly #hearing: Promise<void>;
  #nextPort = FIRST_PORT;

  constructor(host: Host) {
    this.#host = host;
    this.#sock = socket(host.family, SOCK_DGRAM);
    if (host.family === AF_INET6) this.#sock.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1);
    else this.#sock.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
    this.#hearing = this.#hear();
  }

  async #hear(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      try {
        const [, ancdata, , to] = await this.#sock.recvmsg(512, CONTROL_BYTES, MSG_ERRQUEUE, {
          signal,
        });
        const why = findControl(ancdata, "IP_RECVERR") ?? findControl(ancdata, "IPV6_RECVERR");
        if (why === undefined || to === null) continue;
        const isIcmp = why.origin === SO_EE_ORIGIN_ICMP || why.origin === SO_EE_ORIGIN_ICMP6;
        const host = isIcmp ? (why.offender?.[0] ?? null) : null;
        this.#waiting.get(to[1])?.({ host, why, timeMs: performance.now() });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SocketError)) throw error;
      }
    }
  }

  async #send(port: number): Promise<void> {
    const [, , ...rest] = this.#host.address;
    for (let tries = 0; ; tries++) {
      try {
        await this.#sock.sendto(PROBE, [this.#host.numeric, port, ...rest] as [string, number]);
        return;
      } catch (error) {
        // The ICMP error of an earlier probe ends the next call, whichever that is.
        if (error instanceof SocketError && tries === 0) continue;
        throw failing(`cannot trace ${this.#host.numeric}`, error);
      }
    }
  }

  /** One probe that lives for `hops`; null if nothing came of it in time. */
  async probe(hops: number, waitSec: number): Promise<Answer | null> {
    const port = this.#nextPort++;
    const answered = new Promise<Answer | null>((resolve) => this.#waiting.set(port, resolve));
    const timer = setTimeout(() => this.#waiting.get(port)?.(null), waitSec * 1000);
    try {
      if (this.#host.family === AF_INET6) {
        this.#sock.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops);
      } else {
        this.#sock.setsockopt(IPPROTO_IP, IP_TTL, hops);
      }
      const sentMs = performance.now();
      await this.#send(port);
      const answer = await answered;
      return answer === null ? null : { ...answer, timeMs: answer.timeMs - sentMs };
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(port);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#hearing;
    this.#sock.close();
  }
}
