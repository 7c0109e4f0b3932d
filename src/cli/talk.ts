import { MSG_PEEK, SocketError } from "berkeley";
import type { AnySocket, Endpoint } from "./endpoint.js";
import { endpointText, explain, Failure } from "./failure.js";
import { datagramEar, type Hear, streamEar } from "./hear.js";
import { Lines } from "./lines.js";
import { printableText } from "./show.js";
import { ANSWER, GREETING, QUIT } from "./words.js";

/** The kernel's errors for a server that has hung up. */
const GONE = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** The client's side of one conversation. */
class Conversation {
  readonly #sock: AnySocket;
  readonly #lines: Lines;
  readonly #hear: Hear;
  readonly #hungUp: Failure;

  constructor(sock: AnySocket, at: Endpoint, lines: Lines) {
    this.#sock = sock;
    this.#lines = lines;
    this.#hear = (at.udp ? datagramEar : streamEar)(sock, lines.leaving);
    this.#hungUp = new Failure(
      `${endpointText(at)} hung up: see why at the server, then start the client again`,
    );
  }

  /** Hears one reply and prints it. */
  async reply(expected: string | null): Promise<void> {
    const { text, ended } = await this.#hear(expected);
    if (text !== "" || !ended) this.#lines.print(printableText(text));
    if (ended) throw this.#hungUp;
  }

  /** The next line to send, null at the end. What the server says meanwhile is printed. */
  async line(): Promise<string | null> {
    this.#lines.prompt();
    for (;;) {
      const enough = new AbortController();
      // A peek takes nothing, so giving it up loses nothing.
      const spoke = this.#sock.recv(1, MSG_PEEK, { signal: enough.signal });
      const first = await this.#lines.nextOr(spoke);
      if ("line" in first) {
        enough.abort();
        await spoke.catch(() => {}); // if the connection failed, the next send says so
        return first.line;
      }
      await this.reply(null);
    }
  }

  async run(greeted: boolean): Promise<void> {
    if (greeted) await this.reply(GREETING);
    for (;;) {
      const line = await this.line();
      // TCP cannot carry an empty message: the server would hear nothing, and never answer.
      if (line === "") continue;
      await this.#sock.sendall(line ?? QUIT);
      if (line === null || line === QUIT) return;
      await this.reply(line + ANSWER);
    }
  }

  /** What `error` means to the user, given that there was a connection, which then failed. */
  failure(error: unknown, at: Endpoint): unknown {
    const gone = error instanceof SocketError && GONE.has(error.code);
    return gone ? this.#hungUp : explain(error, at, "connect");
  }
}

/** The tutorial's client on a connected socket: until q, the end of the input, or Ctrl-C. */
export async function talk(sock: AnySocket, at: Endpoint): Promise<void> {
  const lines = new Lines();
  const conversation = new Conversation(sock, at, lines);
  lines.hint(`connected to ${endpointText(at)}; ${QUIT} ends`);
  try {
    await conversation.run(!at.udp);
  } catch (error) {
    if (!lines.leaving.aborted) throw conversation.failure(error, at);
  } finally {
    lines.close();
  }
}
