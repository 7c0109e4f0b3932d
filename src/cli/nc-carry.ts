import { setTimeout as delay } from "node:timers/promises";
import { getOption, SHUT_WR, SocketError } from "berkeley";
import { Failure, reason } from "./failure.js";
import { hasMessages, type OfAnyFamily } from "./nc-place.js";
import { print } from "./output.js";

/** Larger than a datagram can be. */
export const RECV_BYTES = 256 * 1024;

/** The longest message that stdin is cut into: netcat's, which fits any datagram socket's buffer. Stdout gets as much at
 *  a time: that a slow reader takes something is to show. */
const MESSAGE_BYTES = 16 * 1024;

/** How long stdin must be silent to be over, once the other side is. */
const GRACE_MS = 100;

/** Standard input, of which no chunk is lost between one connection and the next. */
export class Input {
  readonly #source: AsyncIterator<Uint8Array> | undefined;
  #next: Promise<Buffer | null> | undefined;

  constructor(isRead: boolean) {
    if (isRead) this.#source = process.stdin[Symbol.asyncIterator]();
  }

  /** Whether there is anything to expect of it. */
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

/** Memory of what was sent and is still here; 0 also where the kernel does not say: before Linux 4.12. */
function unsentBytes(sock: OfAnyFamily): number {
  try {
    const { wmemAlloc, wmemQueued } = getOption(sock, "SO_MEMINFO");
    return wmemAlloc + wmemQueued;
  } catch (error) {
    if (error instanceof SocketError) return 0;
    throw error;
  }
}

/** Nothing goes on any more, and something is left that nobody has taken. */
export class Stalled extends Failure {}

/** Ends a conversation that has been silent for some time, or that is to stop. */
export class Watch {
  readonly #over = new AbortController();
  readonly #stalled = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  /** It is over: nothing more is sent, or received. */
  readonly signal: AbortSignal;
  /** Nor is what has come printed to its end. */
  readonly urgent: AbortSignal;
  /** How much of `sock` was unsent when it was looked at since something was said; 0: it was not. */
  #unsent = 0;
  /** Nothing has been said since the time was over. */
  #isSilent = false;
  /** Who has not taken yet what is given. */
  readonly #slow = new Set<"the other side" | "stdout">();

  constructor(stop: AbortSignal, idleSec: number | undefined, sock: OfAnyFamily) {
    if (idleSec !== undefined) {
      const look = () => this.#isSilent && this.#lookAt(sock, idleSec);
      this.#timer = setTimeout(() => {
        // What came while the program was stopped (Ctrl-Z) is heard first.
        this.#isSilent = true;
        setImmediate(look);
      }, idleSec * 1000);
    }
    this.urgent = AbortSignal.any([stop, this.#stalled.signal]);
    this.signal = AbortSignal.any([this.urgent, this.#over.signal]);
  }

  /** A send ends when there is room for all of it, which a slow peer makes in large steps: that it takes something shows
   *  in what is left. */
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

  /** Something was said. */
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
  /** Whether stdin's end is told to the other side. */
  readonly halfClose: boolean;
  /** Whether a newline is sent as CRLF. */
  readonly isCrlf: boolean;
  /** How long the other side is still heard after stdin's end: until its own, if undefined. */
  readonly quitMs: number | undefined;
  /** Whether the other side's end is ours. */
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

/** What makes CRLF of each LF that has no CR before it, in this chunk or at the end of the last. */
function crlf(): (chunk: Buffer) => Buffer {
  let last = "";
  return (chunk) => {
    const text = last + chunk.toString("latin1");
    const sent = text.replace(/(?<!\r)\n/g, "\r\n").slice(last.length);
    last = text.slice(-1) === "\r" ? "\r" : "";
    return Buffer.from(sent, "latin1");
  };
}

/** Sends stdin to its end. */
async function upload(
  sock: OfAnyFamily,
  carrying: Carrying,
  heardAll: Promise<void>,
): Promise<void> {
  const { input, watch, halfClose, endsWithPeer } = carrying;
  const { signal } = watch;
  const send = carrying.send ?? ((bytes: Buffer) => sock.sendall(bytes, { signal }));
  const translate = carrying.isCrlf ? crlf() : (chunk: Buffer) => chunk;
  // What ends the wait for a chunk: a race of Promises would keep every chunk until the last of them is settled.
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
  // Only that it is over matters here: how is told by what is awaited below.
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
