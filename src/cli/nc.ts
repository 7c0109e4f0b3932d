import { type AddressOf, AF_UNIX, type Family, GaiError, SocketError } from "berkeley";
import { Command } from "commander";
import { unlinker } from "./endpoint.js";
import { Failure, failing, inWords } from "./failure.js";
import { examples } from "./help.js";
import { type Carrying, carry, Input, RECV_BYTES, Stalled, Watch } from "./nc-carry.js";
import { bindFirst, dialFirst, peerText, say } from "./nc-dial.js";
import { addressWords, check, type NcOptions, withOptions } from "./nc-options.js";
import { hasMessages, isLink, type OfAnyFamily, type Place, places } from "./nc-place.js";
import { scan } from "./nc-scan.js";
import { print } from "./output.js";
import { printable } from "./show.js";
import { statusOf, untilSignal } from "./signal.js";

function carrying(
  sock: OfAnyFamily,
  options: NcOptions,
  input: Input,
  stop: AbortSignal,
): Carrying {
  const isTyped = process.stdin.isTTY === true;
  return {
    input,
    watch: new Watch(stop, options.wait, sock),
    halfClose: options.shutdown,
    isCrlf: options.crlf === true,
    quitMs: options.quit === undefined ? undefined : options.quit * 1000,
    endsWithPeer: options.listen === true || isTyped,
  };
}

async function client(candidates: readonly Place[], options: NcOptions, stop: AbortSignal) {
  const { sock, place, close } = await dialFirst(candidates, options, stop);
  try {
    await carry(sock, carrying(sock, options, new Input(options.stdin), stop));
  } catch (error) {
    throw failing(`the connection to ${place.text} is lost`, error);
  } finally {
    close();
  }
}

/** Serves one connection after the other. */
async function accepting(listener: OfAnyFamily, options: NcOptions, stop: AbortSignal) {
  const input = new Input(options.stdin);
  do {
    const [conn, address] = await listener.accept({ signal: stop });
    // As netcat: without -k there is one connection, and later ones are refused.
    if (!options.keep) listener.close();
    say(options, `connection from ${peerText(address)}`);
    try {
      await carry(conn, carrying(conn, options, input, stop));
    } catch (error) {
      const isOfPeer = error instanceof SocketError || error instanceof Stalled;
      if (!(options.keep && isOfPeer)) throw error;
      const why = error instanceof SocketError ? inWords(error) : error.message;
      say(options, `lost ${peerText(address)}: ${why}`);
    } finally {
      conn.close();
    }
  } while (options.keep);
}

/** Whether there is an address to send something to. */
function isNamed(address: AddressOf<Family> | null): address is AddressOf<Family> {
  return address !== null && (address as ArrayLike<unknown>).length !== 0;
}

/** Connects to the sender, so that nobody else is heard. Returns whether that worked: the sender may have
 *  gone, or may let nobody in, although what it sent is here. */
async function connected(sock: OfAnyFamily, to: AddressOf<Family>): Promise<boolean> {
  try {
    await sock.connect(to);
    return true;
  } catch (error) {
    if (error instanceof SocketError) return false;
    throw error;
  }
}

/** The kernel's errors for a Unix socket that has gone. */
const GONE = new Set(["ECONNREFUSED", "ENOENT"]);

/** Datagrams, from the first sender or from all of them; stdin goes to whoever sent last. */
async function hearing(sock: OfAnyFamily, options: NcOptions, stop: AbortSignal) {
  const input = new Input(options.stdin);
  const [first, from] = await sock.recvfrom(RECV_BYTES, { signal: stop });
  say(options, `datagrams from ${peerText(from)}`);
  await print(first, stop);
  const isOfOne =
    !options.keep && isNamed(from) && (isLink(sock.family) || (await connected(sock, from)));
  const talk = carrying(sock, options, input, stop);
  if (isOfOne) return await carry(sock, talk);
  let last = from;
  await carry(sock, {
    ...talk,
    async receive(size) {
      const [bytes, address] = await sock.recvfrom(size, { signal: talk.watch.signal });
      if (options.verbose && peerText(address) !== peerText(last)) {
        say(options, `datagrams from ${peerText(address)}`);
      }
      last = address;
      return bytes;
    },
    async send(bytes) {
      const to = last;
      if (!isNamed(to)) throw new Failure("the sender has no address to be answered at");
      try {
        await sock.sendto(bytes, to, { signal: talk.watch.signal });
      } catch (error) {
        // What is sent to a peer that has gone is lost, as in the other families.
        if (error instanceof SocketError && GONE.has(error.code)) {
          return say(options, `${peerText(to)} has gone, and gets no answer`);
        }
        throw failing(`cannot answer ${peerText(to)}`, error);
      }
    },
  });
}

/** The path, or @NAME, as it is: in `text` control characters are escaped. */
function unixPath({ address }: Place): string {
  return String(address).replace(/^\0/, "@");
}

async function server(candidates: readonly Place[], options: NcOptions, stop: AbortSignal) {
  const [sock, place] = bindFirst(candidates);
  const unlink =
    place.family === AF_UNIX
      ? unlinker({ kind: "unix", path: unixPath(place), udp: hasMessages(place.type) })
      : () => {};
  try {
    say(options, `listening on ${peerText(sock.getsockname())}`);
    await (hasMessages(place.type) ? hearing : accepting)(sock, options, stop);
  } catch (error) {
    if (!stop.aborted) throw failing(`listening on ${place.text}`, error);
  } finally {
    sock.close();
    unlink();
  }
}

async function run(given: string[], options: NcOptions): Promise<void> {
  const words = addressWords(given, options);
  check(words, options);
  let wanted: Place[][];
  try {
    wanted = await places(words, options);
  } catch (error) {
    if (!(error instanceof GaiError)) throw error;
    if (!options.numeric || error.code !== "ENOTFOUND") throw failing("", error);
    const host = printable(error.address ?? "");
    throw new Failure(`"${host}" is not an IP address, and -n looks up no names`);
  }
  const [first] = wanted as [Place[]];
  if (wanted.length > 1 && !options.zero) throw new Failure("a range of ports needs -z");
  const stop = untilSignal();
  try {
    if (options.zero) await scan(words[0] ?? "", wanted, options, stop);
    else await (options.listen ? server : client)(first, options, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    // A pipe that has not ended would keep the process alive.
    process.stdin.destroy();
  }
  // As netcat, which dies of the signal: the transfer is not complete.
  if (stop.aborted) process.exitCode = statusOf(stop);
}

export function ncCommand(): Command {
  return withOptions(new Command("nc"))
    .summary("netcat: stdin to a socket, and the socket to stdout")
    .description(
      "Connects, or listens with -l, and carries stdin to the socket and the socket to\n" +
        "stdout. The other side is told of the end of stdin (half-close); nc ends when\n" +
        "both sides have ended.",
    )
    .addHelpText(
      "after",
      examples([
        ["printf 'GET / HTTP/1.0\\r\\n\\r\\n' | berkeley nc localhost 80", "ask a web server"],
        ["berkeley nc -l 9999 > file", "take a file, …"],
        ["berkeley nc localhost 9999 < file", "… and send it"],
        ["printf 'QUIT\\n' | berkeley nc -C localhost smtp", "a service by its name"],
        ["berkeley nc -lkv 9999", "one connection after the other"],
        ["berkeley nc -U /tmp/talk.sock", "a Unix-domain socket"],
        ["berkeley nc -zv localhost 20-25", "which of the ports are open"],
        ["berkeley nc --family vsock 2 1234", "the host of a virtual machine"],
        ["berkeley nc --family tipc --type rdm 2 18888 17", "a TIPC service"],
      ]),
    )
    .action(run);
}
