import { StringDecoder } from "node:string_decoder";
import { MSG_DONTWAIT, SocketError } from "berkeley";
import type { AnySocket } from "./endpoint.js";
import { addressText } from "./show.js";
import { ANSWER, GREETING, QUIT } from "./words.js";

/** Room for the largest datagram of UDP (65,507 bytes) and, by the kernel's defaults, of a Unix socket. */
const RECV_BYTES = 256 * 1024;

/** What a server does with one connection; the text says how it ended. */
type Attend = (conn: AnySocket) => Promise<string>;

/** Where the server's lines go: to the screen, or elsewhere in a test. */
type Log = (line: string) => void;

/**
 * One client of the tutorial's server: greeted, answered, and hung up on at `q`. What one recv
 * brings is taken as one message, as in the tutorial, since the bytes carry no mark of an end;
 * only a character that came in part waits for its rest.
 */
export async function converse(conn: AnySocket): Promise<string> {
  const decoder = new StringDecoder("utf8");
  await conn.sendall(GREETING);
  for (;;) {
    const bytes = await conn.recv(RECV_BYTES);
    if (bytes.length === 0) return "hung up";
    const text = decoder.write(bytes);
    if (text === QUIT) return `said ${QUIT}`;
    if (text !== "") await conn.sendall(text + ANSWER);
  }
}

/** The code of a failed call. Any other error is a bug of ours, and is thrown on. */
function codeOf(error: unknown): string {
  if (error instanceof SocketError) return error.code;
  throw error;
}

/** Attends every client that comes, however many at once, until `stop`. Closes the listener. */
export async function serve(
  listener: AnySocket,
  attend: Attend,
  stop: AbortSignal,
  log: Log,
): Promise<void> {
  const present = new Map<AnySocket, Promise<void>>();
  // Closing ends every call that waits, with EBADF.
  const hangUp = () => {
    listener.close();
    for (const conn of present.keys()) conn.close();
  };
  stop.addEventListener("abort", hangUp, { once: true });

  const session = async (conn: AnySocket, client: string) => {
    log(`${client} connected`);
    try {
      log(`${client} left: ${await attend(conn)}`);
    } catch (error) {
      log(`${client} left: ${stop.aborted ? "the server ended" : codeOf(error)}`);
    } finally {
      conn.close();
      present.delete(conn);
    }
  };

  try {
    let count = 0;
    for await (const [conn, address] of listener) {
      present.set(conn, session(conn, `[${++count}] ${addressText(address)}`));
    }
  } finally {
    // Again, for one that was being accepted while we hung up.
    hangUp();
    stop.removeEventListener("abort", hangUp);
  }
  await Promise.all(present.values());
}

/** Answers each datagram, until `stop`. Closes the socket. */
export async function answer(sock: AnySocket, stop: AbortSignal, log: Log): Promise<void> {
  const close = () => sock.close();
  stop.addEventListener("abort", close, { once: true });
  const tail = Buffer.from(ANSWER);
  try {
    for (;;) {
      const [bytes, address] = await sock.recvfrom(RECV_BYTES);
      const client = addressText(address);
      log(`${client} sent ${bytes.length} bytes`);
      if (address === null || address.length === 0) continue; // it has no address to be answered at
      try {
        // One client that does not read its answers must not keep the others waiting for theirs.
        await sock.sendto(Buffer.concat([bytes, tail]), MSG_DONTWAIT, address);
      } catch (error) {
        if (stop.aborted) break;
        log(`${client} not answered: ${codeOf(error)}`);
      }
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    close();
    stop.removeEventListener("abort", close);
  }
}
