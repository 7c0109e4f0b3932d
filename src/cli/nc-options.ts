import { isIP } from "node:net";
import type { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import { Failure } from "./failure.js";
import type { PlaceOptions } from "./nc-place.js";
import { printable } from "./show.js";

export interface NcOptions extends PlaceOptions {
  keep?: true;
  wait?: number;
  zero?: true;
  json?: true;
  verbose?: true;
  shutdown: boolean;
  quit?: number;
  crlf?: true;
  stdin: boolean;
}

/** Gives the command its address and its options. */
export function withOptions(command: Command): Command {
  return command
    .argument(
      "[address...]",
      "HOST PORT (or a service's name); with -U a PATH or @NAME; with --family the address's parts",
    )
    .option("-l, --listen", "listen, for one connection or sender; HOST may be left out")
    .option("-k, --keep", "with -l: serve one after the other, or hear every sender")
    .option("-u, --udp", "datagrams; with -U, Unix-domain datagrams")
    .option("-U, --unix", "a Unix-domain socket")
    .option("--seqpacket", "SOCK_SEQPACKET")
    .option("--family <name>", "any family: vsock, tipc, can, … or its number")
    .option("--type <name>", "any type: stream, dgram, seqpacket, rdm, raw, or its number")
    .option("--proto <name>", "sctp, mptcp, udplite, … or a number")
    .option("-4, --ipv4", "IPv4 only")
    .option("-6, --ipv6", "IPv6 only")
    .option("-n, --numeric", "look up no names")
    .option(
      "-s, --source <host>",
      "the address to connect from, or with -l to listen on; with -U a PATH, or @NAME",
    )
    .option(
      "-p, --source-port <port>",
      "the port to connect from, or with -l to listen on",
      whole("A port", 0, 65535),
    )
    .option(
      "-w, --wait <seconds>",
      "give up connecting, or end a conversation, when nothing has happened for so long",
      seconds("A wait"),
    )
    .option("-z, --zero", "only see whether a connection can be made; PORT may be a range")
    .option("-N", "accepted for users of netcat: the other side is told of the end of stdin anyway")
    .option("--no-shutdown", "do not tell the other side of the end of stdin")
    .option(
      "-q, --quit <seconds>",
      "end so many seconds after the end of stdin",
      seconds("A wait", 0),
    )
    .option("-C, --crlf", "send each newline as CRLF")
    .option("-d, --no-stdin", "do not read stdin")
    .option("-v, --verbose", "say what happens, on stderr")
    .option("--json", "with -z: the ports as JSON");
}

/** An option that contradicts the address's family, as an error's text; or null. */
function contradiction([host = ""]: readonly string[], options: NcOptions): string | null {
  const { ipv4, ipv6, source = "", numeric, unix, family, listen } = options;
  if (ipv4 && ipv6) return "-4 and -6 exclude each other: leave out both to try both";
  if (unix || family !== undefined || listen) return null;
  const [from, to] = [isIP(source), isIP(host)];
  if (numeric && source !== "" && from === 0) {
    return `"${printable(source)}" is not an IP address, and -n looks up no names`;
  }
  const asked = ipv4 ? 4 : ipv6 ? 6 : to;
  if (from === 0 || asked === 0 || from === asked) return null;
  return `-s ${source} is an IPv${from} address: it cannot connect to an IPv${asked} one`;
}

/** An option that would be ignored without another one, as an error's text; or null. */
function idle({ keep, listen, zero, json, stdin, crlf, quit }: NcOptions): string | null {
  if (keep && !listen) return "-k goes with -l: without it there is one connection";
  if (zero && listen) return "-z connects, and -l listens: leave one of them out";
  if (!stdin && (crlf || quit !== undefined)) return "-d reads no stdin: leave out -C and -q";
  return json && !zero ? "--json goes with -z" : null;
}

/** The words of the address. With -l, those of -s and -p are among them. */
export function addressWords(words: readonly string[], options: NcOptions): readonly string[] {
  const { listen, source, sourcePort } = options;
  if (!listen || (source === undefined && sourcePort === undefined)) return words;
  if (words.length > (sourcePort === undefined ? 1 : 0)) {
    throw new Failure("with -l, give HOST PORT or -s HOST -p PORT, but each only once");
  }
  const port = sourcePort === undefined ? words : [String(sourcePort)];
  return source === undefined ? port : [source, ...port];
}

/** Refuses what would be ignored, or could not work. */
export function check(words: readonly string[], options: NcOptions): void {
  if ([...words, options.source].includes("")) throw new Failure("a part of the address is empty");
  const wrong = idle(options) ?? contradiction(words, options);
  if (wrong !== null) throw new Failure(wrong);
}
