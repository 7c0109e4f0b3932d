import { isIP } from "node:net";
import {
  type AddressInput,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  AF_UNSPEC,
  AI_NUMERICHOST,
  AI_PASSIVE,
  constants,
  type Family,
  getaddrinfo,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
} from "berkeley";
import { portRange } from "./arguments.js";
import { unixAddress } from "./endpoint.js";
import { Failure } from "./failure.js";
import { checkLink } from "./internet.js";
import { addressText, printable } from "./show.js";

/** A socket of a family that only the command line knows. */
export type OfAnyFamily = Socket<Family>;

export interface PlaceOptions {
  listen?: true;
  udp?: true;
  unix?: true;
  seqpacket?: true;
  family?: string;
  type?: string;
  proto?: string;
  ipv4?: true;
  ipv6?: true;
  numeric?: true;
  source?: string;
  sourcePort?: number;
}

/** One address to try, and the socket that it needs. */
export interface Place {
  readonly family: Family;
  readonly type: number;
  readonly proto: number;
  readonly address: AddressInput<Family>;
  readonly text: string;
}

/** The value of a C name, which is given without its prefix and in any case; or a number as it is. */
function named(prefix: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const name = `${prefix}${text.toUpperCase()}`;
  const value = (constants as Readonly<Record<string, number | undefined>>)[name];
  if (value === undefined) {
    throw new Failure(`there is no ${printable(name)}: berkeley families lists what there is`);
  }
  return value;
}

function familyOf(options: PlaceOptions): number {
  if (options.family !== undefined) return named("AF_", options.family);
  if (options.unix) return AF_UNIX;
  if (options.ipv6) return AF_INET6;
  if (options.ipv4) return AF_INET;
  // The address to connect from says which family to connect to.
  return { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 }[isIP(options.source ?? "")] ?? AF_UNSPEC;
}

function typeOf(options: PlaceOptions): number {
  if (options.type !== undefined) return named("SOCK_", options.type);
  if (options.seqpacket) return SOCK_SEQPACKET;
  return options.udp ? SOCK_DGRAM : SOCK_STREAM;
}

/** Whether reading gives whole messages, and an empty one is not the end. */
export function hasMessages(type: number): boolean {
  return type !== SOCK_STREAM && type !== SOCK_SEQPACKET;
}

/** Whether the interface is the whole address, so that there is nobody to connect to. */
export function isLink(family: number): boolean {
  return family === AF_CAN || family === AF_PACKET;
}

/** A word of an address of the less common families: most are numbers. */
function element(word: string): string | number {
  return /^(\d+|0x[\da-f]+)$/i.test(word) ? Number(word) : word;
}

type Kind = Pick<Place, "type" | "proto"> & { family: number };

function ports(words: readonly string[], options: PlaceOptions): [host: string, ports: number[]] {
  const [host, port] = words.length === 1 && options.listen ? ["", words[0]] : words;
  if (host === undefined || port === undefined || words.length > 2) {
    throw new Failure(options.listen ? "give a PORT, or HOST PORT" : "give HOST PORT");
  }
  return [host, portRange(port, typeOf(options) === SOCK_DGRAM ? "udp" : "tcp")];
}

async function internet(words: readonly string[], options: PlaceOptions, kind: Kind) {
  const [host, numbers] = ports(words, options);
  checkLink(host);
  const flags = (options.listen ? AI_PASSIVE : 0) | (options.numeric ? AI_NUMERICHOST : 0);
  // One row per address. The type is not ours, since getaddrinfo refuses most types and protocols.
  const rows = await getaddrinfo(host || null, 0, kind.family, SOCK_STREAM, 0, flags);
  // IPv4 first: that is what most peers try for a name such as localhost.
  rows.sort(([one], [other]) => one - other);
  return numbers.map((port) =>
    rows.map(([family, , , , address]): Place => {
      const [numeric, , ...rest] = address;
      const at = [numeric, port, ...rest] as [string, number];
      return {
        family,
        type: kind.type,
        proto: kind.proto,
        address: at,
        text: addressText(at),
      };
    }),
  );
}

/** For each port, the addresses to try; families without ports have a single address. */
export async function places(words: readonly string[], options: PlaceOptions): Promise<Place[][]> {
  const kind: Kind = {
    family: familyOf(options),
    type: typeOf(options),
    proto: options.proto === undefined ? 0 : named("IPPROTO_", options.proto),
  };
  const { family } = kind;
  if (family === AF_UNSPEC || family === AF_INET || family === AF_INET6) {
    return internet(words, options, kind);
  }
  const place = { ...kind, family: family as Family };
  if (family === AF_UNIX) {
    const [path] = words;
    if (options.sourcePort !== undefined) {
      throw new Failure("a Unix-domain socket has no port: leave out -p");
    }
    if (path === undefined || words.length > 1) throw new Failure("give one PATH, or @NAME");
    return [[{ ...place, address: unixAddress(path), text: printable(path) }]];
  }
  if (words.length === 0) throw new Failure("give the parts of the address");
  return [
    [
      {
        ...place,
        address: words.map(element) as [number, number],
        text: words.map(printable).join(" "),
      },
    ],
  ];
}
