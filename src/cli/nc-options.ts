import type { Command } from "commander";
import { seconds, whole } from "./arguments.js";
import type { PlaceOptions } from "./nc-place.js";

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

/** Gives the command its address and its options. */
export function withOptions(command: Command): Command {
  return command
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
    .option("--json", "with -z: the ports as JSON");
}
