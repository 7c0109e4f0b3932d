import {
  type AddressOf,
  AF_UNIX,
  type Family,
  GaiError,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
  SocketError,
  socket,
} from "berkeley";
import { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import { unlinker } from "./endpoint.js";
import { Failure, failing, inWords } from "./failure.js";
import { examples } from "./help.js";
import { type Carrying, carry, Input, Watch } from "./nc-carry.js";
import {
  hasMessages,
  isLink,
  type OfAnyFamily,
  type Place,
  type PlaceOptions,
  places,
} from "./nc-place.js";
import { scan } from "./nc-scan.js";
import { print } from "./output.js";
import { addressText } from "./show.js";
import { untilSignal } from "./signal.js";

export interface NcOptions extends PlaceOptions {
  keep?: true;
  wait?: number;
  zero?: true;
  json?: true;
  verbose?: true;
  source?: string;
  sourcePort?: number;
  shutdown: boolean;
}

/** Larger than a datagram can be. */
const RECV_BYTES = 256 * 1024;

function open({ family, type, proto }: Place): OfAnyFamily {
  return socket(family, type, proto) as OfAnyFamily;
}

/** The other side's address as people write it, whatever its family. */
function peerText(address: unknown): string {
  if (Array.isArray(address) && typeof address[0] !== "string") return address.join(" ");
  return addressText(address as Parameters<typeof addressText>[0]);
}

/** A socket to talk on, connected to the place. */
export async function dial(place: Place, options: NcOptions): Promise<OfAnyFamily> {
  const sock = open(place);
  try {
    if (isLink(place.family)) {
      sock.bind(place.address);
      return sock;
    }
    // A Unix datagram can only be answered if its sender has a name: the kernel gives one.
    if (place.family === AF_UNIX && place.type === SOCK_DGRAM) sock.bind("");
    if (options.source !== undefined || options.sourcePort !== undefined) {
      sock.bind([options.source ?? "", options.sourcePort ?? 0]);
    }
    sock.settimeout(options.wait ?? null);
    await sock.connect(place.address);
    sock.settimeout(null);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

function say(options: NcOptions, line: string): void {
  if (options.verbose) console.error(line);
}

/** The first of the places that answers. */
async function dialFirst(candidates: readonly Place[], options: NcOptions): Promise<OfAnyFamily> {
  let last: unknown;
  for (const place of candidates) {
    try {
      const sock = await dial(place, options);
      say(options, `connected to ${place.text}`);
      return sock;
    } catch (error) {
      last = failing(`cannot connect to ${place.text}`, error);
    }
  }
  throw last;
}

function carrying(options: NcOptions, input: Input, stop: AbortSignal): Carrying {
  const isTyped = process.stdin.isTTY === true;
  return {
    input,
    watch: new Watch(stop, options.wait),
    halfClose: options.shutdown,
    endsWithPeer: options.listen === true || isTyped,
  };
}

async function client(candidates: readonly Place[], options: NcOptions, stop: AbortSignal) {
  const sock = await dialFirst(candidates, options);
  try {
    await carry(sock, carrying(options, new Input(), stop));
  } catch (error) {
    throw failing(`the connection to ${candidates[0]?.text} is lost`, error);
  } finally {
    sock.close();
  }
}

/** One connection after the other. */
async function accepting(listener: OfAnyFamily, options: NcOptions, stop: AbortSignal) {
  const input = new Input();
  do {
    const [conn, address] = await listener.accept({ signal: stop });
    // As netcat: who is too late for the one connection is refused.
    if (!options.keep) listener.close();
    say(options, `connection from ${peerText(address)}`);
    try {
      await carry(conn, carrying(options, input, stop));
    } catch (error) {
      if (!(options.keep && error instanceof SocketError)) throw error;
      say(options, `lost ${peerText(address)}: ${inWords(error)}`);
    } finally {
      conn.close();
    }
  } while (options.keep);
}

/** Whether there is an address to send something to. */
function isNamed(address: AddressOf<Family> | null): address is AddressOf<Family> {
  return address !== null && (address as ArrayLike<unknown>).length !== 0;
}

/** Datagrams: from the first who sends one, or from all; stdin goes to who spoke last. */
async function hearing(sock: OfAnyFamily, options: NcOptions, stop: AbortSignal) {
  const input = new Input();
  const [first, from] = await sock.recvfrom(RECV_BYTES, { signal: stop });
  say(options, `datagrams from ${peerText(from)}`);
  await print(first);
  const talk = { ...carrying(options, input, stop), endsWithPeer: false };
  if (!options.keep && isNamed(from)) {
    if (!isLink(sock.family)) await sock.connect(from);
    return await carry(sock, talk);
  }
  let last = from;
  await carry(sock, {
    ...talk,
    async receive(size) {
      const [bytes, address] = await sock.recvfrom(size, { signal: talk.watch.signal });
      last = address;
      return bytes;
    },
    async send(bytes) {
      if (!isNamed(last)) throw new Failure("who sent that has no address to be answered at");
      await sock.sendto(bytes, last, { signal: talk.watch.signal });
    },
  });
}

function bindFirst(candidates: readonly Place[]): [OfAnyFamily, Place] {
  const [place] = candidates as [Place];
  let sock: OfAnyFamily | undefined;
  try {
    sock = open(place);
    if (place.family !== AF_UNIX && !hasMessages(place.type)) {
      sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    }
    sock.bind(place.address);
    if (!hasMessages(place.type)) sock.listen();
    return [sock, place];
  } catch (error) {
    sock?.close();
    throw failing(`cannot listen on ${place.text}`, error);
  }
}

async function server(candidates: readonly Place[], options: NcOptions, stop: AbortSignal) {
  const [sock, place] = bindFirst(candidates);
  const unlink =
    place.family === AF_UNIX
      ? unlinker({ kind: "unix", path: place.text, udp: hasMessages(place.type) })
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

async function run(words: string[], options: NcOptions): Promise<void> {
  let wanted: Place[][];
  try {
    wanted = await places(words, options);
  } catch (error) {
    throw error instanceof GaiError ? failing("", error) : error;
  }
  const [first] = wanted as [Place[]];
  if (options.zero) return await scan(words[0] ?? "", wanted, options);
  if (wanted.length > 1) throw new Failure("a range of ports is for -z");
  try {
    await (options.listen ? server : client)(first, options, untilSignal());
  } finally {
    // A pipe that nobody has ended would keep the process waiting for it.
    process.stdin.destroy();
  }
}

export function ncCommand(): Command {
  return new Command("nc")
    .summary("netcat: stdin to a socket, and the socket to stdout")
    .description(
      "Connects, or listens with -l, and carries stdin to the socket and the socket to stdout.\n" +
        "The end of stdin is told to the other side (half-close); it ends when both sides have.",
    )
    .argument("<address...>", "HOST PORT; PATH or @NAME with -U; else the parts of the address")
    .option("-l, --listen", "listen, for one connection or sender; HOST may be left out")
    .option("-k, --keep", "with -l: go on to the next, or hear every sender")
    .option("-u, --udp", "datagrams; with -U, Unix-domain datagrams")
    .option("-U, --unix", "a Unix-domain socket")
    .option("--seqpacket", "SOCK_SEQPACKET")
    .option("--family <name>", "any family: vsock, tipc, can, … or its number")
    .option("--type <name>", "any type: stream, dgram, seqpacket, rdm, raw, or its number")
    .option("--proto <name>", "sctp, mptcp, udplite, … or a number")
    .option("-4, --ipv4", "IPv4 only")
    .option("-6, --ipv6", "IPv6 only")
    .option("-n, --numeric", "no names are looked up")
    .option("-s, --source <host>", "the address to connect from")
    .option("-p, --source-port <port>", "the port to connect from", whole("A port", 0, 65535))
    .option("-w, --wait <seconds>", "give up connecting, and end when idle", seconds("A wait"))
    .option("-z, --zero", "only see whether it can be connected to; PORT may be a range")
    .option("-N", "tell the other side of the end of stdin: as it is without")
    .option("--no-shutdown", "do not tell the other side of the end of stdin")
    .option("-v, --verbose", "say what happens, on stderr")
    .option("--json", "with -z: the ports as JSON")
    .addHelpText(
      "after",
      examples([
        ["printf 'GET / HTTP/1.0\\r\\n\\r\\n' | berkeley nc localhost 80", "ask a web server"],
        ["berkeley nc -l 9999 > file", "take a file, …"],
        ["berkeley nc localhost 9999 < file", "… and send it"],
        ["berkeley nc -lkv 9999", "one connection after the other"],
        ["berkeley nc -U /tmp/talk.sock", "a Unix-domain socket"],
        ["berkeley nc -zv localhost 20-25", "which of the ports are open"],
        ["berkeley nc --family vsock 2 1234", "the host of a virtual machine"],
        ["berkeley nc --family tipc --type rdm 2 18888 17", "a TIPC service"],
      ]),
    )
    .action(run);
}
