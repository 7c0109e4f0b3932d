import { setTimeout as delay } from "node:timers/promises";
import { getOption, SHUT_WR, SocketError } from "berkeley";
import { Failure, reason } from "./failure.js";
import { hasMessages, type OfAnyFamily } from "./nc-place.js";
import { print } from "./output.js";

/** Larger than a datagram can be. */
export const RECV_BYTES = 256 * 1024;

/** Stdin is cut into messages of at most this length: netcat's, which fits any datagram socket's buffer.
 *  Stdout gets as much at a time, so that it shows when a slow reader takes something. */
const MESSAGE_BYTES = 16 * 1024;

/** Once the other side has ended, stdin is over when it has been silent for so long. */
const GRACE_MS = 100;

/** Standard input. No chunk of it is lost between one connection and the next. */
export class Input {
  readonly #source: AsyncIterator<Uint8Array> | undefined;
  #next: Promise<Buffer | null> | undefined;

  constructor(isRead: boolean) {
    if (isRead) this.#source = process.stdin[Symbol.asyncIterator]();
  }

  /** Whether anything is to be expected from it. */
  get isRead(): boolean {
    return this.#source !== undefined;
  }

  /** The next chunk, null at the end; the same one until it is taken. */
  peek(): Promise<Buffer | null> {
    this.#next ??= this.#read();
    return this.#next;
  }

  async #read(): Promise<Buffer | null> {
    try {
      const read = await this.#source?.next();
      return read === undefined || read.done ? null : Buffer.from(read.value);
    } catch (error) {
      throw new Failure(`cannot read stdin: ${reason(error as NodeJS.ErrnoException)}`);
    }
  }

  take(): void {
    this.#next = undefined;
  }
}

/** How much memory is taken by what was sent and is still here; also 0 if the kernel does not say, before
 *  Linux 4.12. */
function unsentBytes(sock: OfAnyFamily): number {
  try {
    const { wmemAlloc, wmemQueued } = getOption(sock, "SO_MEMINFO");
    return wmemAlloc + wmemQueued;
  } catch (error) {
    if (error instanceof SocketError) return 0;
    throw error;
  }
}

/** Nothing moves any more, and something is left that nobody has taken. */
export class Stalled extends Failure {}

/** Ends a conversation that has been silent for some time, or that is to stop. */
export class Watch {
  readonly #over = new AbortController();
  readonly #stalled = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  /** Aborts when it is over: nothing more is sent or received. */
  readonly signal: AbortSignal;
  /** Aborts when even what has come is not to be printed to its end. */
  readonly urgent: AbortSignal;
  /** How much was unsent at the last look; 0: there was no look since something was sent or received. */
  #unsent = 0;
  /** The time is over, and nothing has been sent or received since. */
  #isSilent = false;
  /** Who has not yet taken what it is given. */
  readonly #slow = new Set<"the other side" | "stdout">();

  constructor(stop: AbortSignal, idleSec: number | undefined, sock: OfAnyFamily) {
    if (idleSec !== undefined) {
      const look = () => this.#isSilent && this.#lookAt(sock, idleSec);
      this.#timer = setTimeout(() => {
        // What came while the program was stopped (Ctrl-Z) comes first.
        this.#isSilent = true;
        setImmediate(look);
      }, idleSec * 1000);
    }
    this.urgent = AbortSignal.any([stop, this.#stalled.signal]);
    this.signal = AbortSignal.any([this.urgent, this.#over.signal]);
  }

  /** A send ends only when there is room for all of it, and a slow peer makes room in large steps. Whether
   *  it takes anything shows in how much is left unsent. */
  #lookAt(sock: OfAnyFamily, idleSec: number): void {
    const unsent = unsentBytes(sock);
    if (unsent > 0 && unsent !== this.#unsent) {
      this.touch();
      this.#unsent = unsent;
      return;
    }
    const [who] = this.#slow;
    if (who === undefined) this.end();
    else this.#stalled.abort(new Stalled(`${who} has made no room for ${idleSec} s: gave up`));
  }

  /** Why it ended, if something was left. */
  get stalled(): Stalled | null {
    return (this.#stalled.signal.reason as Stalled | undefined) ?? null;
  }

  /** Something was sent or received. */
  touch(): void {
    this.#unsent = 0;
    this.#isSilent = false;
    this.#timer?.refresh();
  }

  /** Waits until `who` has taken what `giving` gives. */
  async taken(who: "the other side" | "stdout", giving: Promise<unknown>): Promise<void> {
    this.#slow.add(who);
    await giving;
    this.#slow.delete(who);
    this.touch();
  }

  end(): void {
    this.#over.abort();
  }

  /** Nothing is left to watch. */
  close(): void {
    this.#isSilent = false;
    clearTimeout(this.#timer);
  }
}

export interface Carrying {
  readonly input: Input;
  readonly watch: Watch;
  /** Whether the other side is told of stdin's end. */
  readonly halfClose: boolean;
  /** Whether a newline is sent as CRLF. */
  readonly isCrlf: boolean;
  /** How long the other side is still heard after stdin's end; undefined: until its own end. */
  readonly quitMs: number | undefined;
  /** Whether we end when the other side does. */
  readonly endsWithPeer: boolean;
  /** How a socket that is not connected sends and receives. */
  readonly send?: (bytes: Buffer) => Promise<unknown>;
  readonly receive?: (size: number) => Promise<Buffer>;
}

function* messages(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += MESSAGE_BYTES) {
    yield chunk.subarray(at, at + MESSAGE_BYTES);
  }
}

/** Returns a function that turns each LF into CRLF unless a CR precedes it, in this chunk or at the end of
 *  the last. */
function crlf(): (chunk: Buffer) => Buffer {
  let last = "";
  return (chunk) => {
    const text = last + chunk.toString("latin1");
    const sent = text.replace(/(?<!\r)\n/g, "\r\n").slice(last.length);
    last = text.slice(-1) === "\r" ? "\r" : "";
    return Buffer.from(sent, "latin1");
  };
}

/** Sends stdin, to its end. */
async function upload(
  sock: OfAnyFamily,
  carrying: Carrying,
  heardAll: Promise<void>,
): Promise<void> {
  const { input, watch, halfClose, endsWithPeer } = carrying;
  const { signal } = watch;
  const send = carrying.send ?? ((bytes: Buffer) => sock.sendall(bytes, { signal }));
  const translate = carrying.isCrlf ? crlf() : (chunk: Buffer) => chunk;
  // Ends the wait for a chunk. (Promise.race would keep every chunk until the last of its Promises is
  // settled.)
  let end = () => {};
  let grace: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => end(), { once: true });
  if (endsWithPeer) {
    heardAll.then(() => {
      grace = setTimeout(() => end(), GRACE_MS).unref();
    });
  }
  const next = () =>
    new Promise<Buffer | null>((resolve, reject) => {
      end = () => resolve(null);
      grace?.refresh();
      input.peek().then(resolve, reject);
    });
  for (;;) {
    const chunk = signal.aborted ? null : await next();
    if (signal.aborted) return;
    if (chunk === null) break;
    input.take();
    watch.touch();
    for (const message of messages(translate(chunk))) {
      await watch.taken("the other side", send(message));
    }
  }
  if (halfClose && !hasMessages(sock.type)) {
    try {
      sock.shutdown(SHUT_WR);
    } catch {
      // The connection is over already, or the family has no half-close: nothing is left to tell.
    }
  }
}

/** Prints what comes, to its end. */
async function download(sock: OfAnyFamily, carrying: Carrying): Promise<void> {
  const { watch } = carrying;
  const { signal, urgent } = watch;
  const receive = carrying.receive ?? ((size: number) => sock.recv(size, { signal }));
  for (;;) {
    const bytes = await receive(RECV_BYTES);
    if (bytes.length === 0 && !hasMessages(sock.type)) return;
    watch.touch();
    for (const part of messages(bytes)) await watch.taken("stdout", print(part, urgent));
  }
}

/** Carries stdin to the socket and the socket to stdout, until both have ended or the watch has. */
export async function carry(sock: OfAnyFamily, carrying: Carrying): Promise<void> {
  const { watch, input, quitMs } = carrying;
  const { signal } = watch;
  const heard = download(sock, carrying);
  // Here it only matters that it is over. How it ended is learnt below, where `heard` is awaited.
  const heardAll = heard.catch(() => {});
  const sent = input.isRead ? upload(sock, carrying, heardAll) : heard;
  const quit = async () => {
    await sent;
    if (quitMs === undefined) return;
    await Promise.race([heardAll, delay(quitMs, null, { signal })]);
    watch.end();
  };
  let failure: unknown = null;
  try {
    await Promise.all([heard, quit()]);
  } catch (error) {
    if (!signal.aborted) failure = error;
  }
  watch.end();
  await heardAll; // what has come is printed
  watch.close();
  failure ??= watch.stalled;
  if (failure !== null) throw failure;
}
