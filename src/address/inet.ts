/** AF_INET and AF_INET6: sockaddr_in, sockaddr_in6. See ip(7), ipv6(7). */
import { domainToASCII, domainToUnicode } from "node:url";
import { integer, wrongType } from "../check.js";
import { AF_INET, AF_INET6, AI_NUMERICHOST, SOCK_STREAM } from "../constants.generated.js";
import { native } from "../native.js";
import { unpackRows } from "../resolve/answer.js";
import { type FamilyRow, Lookup } from "./family.js";
import { RecentlyPacked, RecentTexts } from "./recent.js";

const PORT_OFFSET = 2;
/** sizeof of each. */
export const SOCKADDR_IN = 16;
export const SOCKADDR_IN6 = 28;
const INET_HOST = 4;
const INET6_FLOWINFO = 4;
const INET6_HOST = 8;
const INET6_SCOPE = 24;
const FLOWINFO_MAX = 0xfffff;
const SCOPE_MAX = 0xffffffff;

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function textOfHost(call: string, host: unknown): string {
  if (typeof host !== "string") throw wrongType(call, "host", "a string", host);
  if (host.includes("\0")) throw wrongType(call, "host", "a string without NUL bytes", host);
  return host;
}

/** Characters that end a host in a URL, or that a URL drops: `domainToASCII` reads its argument as the host
 *  of one. */
const URL_SYNTAX = /[\t\n\r#%/:?@\\]/;

/** A name as the resolver takes it: names in other scripts in their ASCII form. */
export function asciiHost(host: string): string {
  if (!/\P{ASCII}/u.test(host) || URL_SYNTAX.test(host)) return host;
  // The resolver decides which names are numbers. To a URL "1.2.3.4." and "0x" are, unless a label follows
  // that is none: so one is added.
  return domainToASCII(`${host}.a`).slice(0, -".a".length) || host;
}

/** A name as people read it, decoded from its ASCII form. If it has no other form, or a wrong one, it stays
 *  as it is. */
export function unicodeHost(host: string): string {
  if (!/(^|\.)xn--/i.test(host)) return host;
  return domainToUnicode(`${host}.a`).slice(0, -".a".length) || host;
}

/** The four bytes that inet_pton(3) would give; `null`: it is no such address. Read here to save a call of
 *  the native module. */
function dottedHost(host: string): Uint8Array | null {
  const bytes = new Uint8Array(4);
  let at = 0;
  let value = -1;
  for (let i = 0; i <= host.length; i++) {
    const code = i < host.length ? host.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (value < 0 || value > 255 || at === 4) return null;
      bytes[at++] = value;
      value = -1;
    } else if (code < ZERO || code > NINE || value === 0) {
      return null;
    } else {
      value = Math.max(value, 0) * 10 + code - ZERO;
    }
  }
  return at === 4 ? bytes : null;
}

/** The bytes of a numeric host; "" is any address. `null`: a name. */
function numericHost(family: number, host: string): Uint8Array | null {
  if (host === "") return new Uint8Array(family === AF_INET ? 4 : 16);
  if (family === AF_INET) {
    return host === "<broadcast>" ? new Uint8Array([255, 255, 255, 255]) : dottedHost(host);
  }
  const found = native.inetPton(family, host);
  return typeof found === "number" || found === null ? null : new Uint8Array(found);
}

/** Hosts that have only the characters of a number, or have a zone. */
const NUMBER_LIKE = /^[\da-fx.]+$|%/i;

/** Resolves a number in a form that inet_pton(3) does not know and getaddrinfo(3) does, which asks nobody
 *  then: "127.1", "fe80::1%lo". */
function inPlace(lookup: Lookup): Uint8Array | Lookup {
  const { host, family } = lookup;
  if (!NUMBER_LIKE.test(host)) return lookup;
  const answer = native.getaddrinfo(host, null, family, SOCK_STREAM, 0, AI_NUMERICHOST, null);
  const row = typeof answer === "number" ? undefined : unpackRows(Buffer.from(answer))[0];
  return row === undefined ? lookup : lookup.pack(row.sockaddr);
}

const packed = new RecentlyPacked();
/** Only addresses without flow information and scope. */
const packed6 = new RecentlyPacked();

function encodeInet(call: string, address: unknown): Uint8Array | Lookup {
  if (!Array.isArray(address) || address.length !== 2) {
    throw wrongType(call, "an AF_INET address", "[host, port]", address);
  }
  const known = packed.get(address[0], address[1]);
  if (known !== undefined) return known;
  const host = textOfHost(call, address[0]);
  const port = integer(call, "port", address[1], 0, 65535);
  const pack = (bytes: Uint8Array): Uint8Array => {
    const sockaddr = Buffer.alloc(SOCKADDR_IN);
    sockaddr.writeUInt16LE(AF_INET, 0);
    sockaddr.writeUInt16BE(port, PORT_OFFSET);
    sockaddr.set(bytes, INET_HOST);
    return sockaddr;
  };
  const numeric = numericHost(AF_INET, host);
  if (numeric === null) {
    const resolved = (row: Uint8Array) => pack(row.subarray(INET_HOST, INET_HOST + 4));
    return inPlace(new Lookup(AF_INET, asciiHost(host), resolved));
  }
  return packed.keep(host, port, pack(numeric));
}

function encodeInet6(call: string, address: unknown): Uint8Array | Lookup {
  if (!Array.isArray(address) || address.length < 2 || address.length > 4) {
    const form = "[host, port, flowinfo?, scopeId?]";
    throw wrongType(call, "an AF_INET6 address", form, address);
  }
  const isPlain = (address[2] ?? 0) === 0 && (address[3] ?? 0) === 0;
  const known = isPlain ? packed6.get(address[0], address[1]) : undefined;
  if (known !== undefined) return known;
  const host = textOfHost(call, address[0]);
  const port = integer(call, "port", address[1], 0, 65535);
  const flowinfo = integer(call, "flowinfo", address[2] ?? 0, 0, FLOWINFO_MAX);
  const scopeId = integer(call, "scopeId", address[3] ?? 0, 0, SCOPE_MAX);
  const pack = (bytes: Uint8Array, scope: number): Uint8Array => {
    const sockaddr = Buffer.alloc(SOCKADDR_IN6);
    sockaddr.writeUInt16LE(AF_INET6, 0);
    sockaddr.writeUInt16BE(port, PORT_OFFSET);
    sockaddr.writeUInt32BE(flowinfo, INET6_FLOWINFO);
    sockaddr.set(bytes, INET6_HOST);
    sockaddr.writeUInt32LE(scope, INET6_SCOPE);
    return sockaddr;
  };
  const numeric = numericHost(AF_INET6, host);
  if (numeric !== null) {
    const sockaddr = pack(numeric, scopeId);
    return isPlain ? packed6.keep(host, port, sockaddr) : sockaddr;
  }
  const resolved = (row: Uint8Array) => {
    const view = Buffer.from(row.buffer, row.byteOffset, row.length);
    const scope = scopeId === 0 ? view.readUInt32LE(INET6_SCOPE) : scopeId;
    return pack(row.subarray(INET6_HOST, INET6_HOST + 16), scope);
  };
  return inPlace(new Lookup(AF_INET6, asciiHost(host), resolved));
}

const texts = new RecentTexts();
const texts6 = new RecentTexts();

function inetText(bytes: Buffer): string {
  const end = INET_HOST + 4;
  return (
    texts.get(bytes, INET_HOST, end) ??
    texts.keep(bytes, INET_HOST, end, bytes.subarray(INET_HOST, end).join("."))
  );
}

function inet6Text(bytes: Buffer): string {
  const end = INET6_HOST + 16;
  const known = texts6.get(bytes, INET6_HOST, end);
  if (known !== undefined) return known;
  // Sixteen bytes always have a text: inet_ntop(3) fails for other families and short buffers.
  const text = native.inetNtop(AF_INET6, bytes.subarray(INET6_HOST, end)) as string;
  return texts6.keep(bytes, INET6_HOST, end, text);
}

/** The bytes of the host in a sockaddr of either family. */
export function addressBytes(sockaddr: Buffer): Buffer {
  return sockaddr.length === SOCKADDR_IN
    ? sockaddr.subarray(INET_HOST, INET_HOST + 4)
    : sockaddr.subarray(INET6_HOST, INET6_HOST + 16);
}

/** The sockaddr that the resolver made of a numeric host, completed with the rest of the address. */
export function packNumeric(call: string, resolved: Buffer, address: unknown[]): Uint8Array {
  const encode = resolved.readUInt16LE(0) === AF_INET ? encodeInet : encodeInet6;
  const encoded = encode(call, address);
  return encoded instanceof Lookup ? encoded.pack(resolved) : encoded;
}

function describe(address: unknown): { address: string; port: number } {
  const [host, port] = address as [string, number];
  return { address: host, port };
}

export const inetRow: FamilyRow = {
  encode: encodeInet,
  decode: (bytes) => [inetText(bytes), bytes.readUInt16BE(PORT_OFFSET)],
  describe,
};

export const inet6Row: FamilyRow = {
  encode: encodeInet6,
  decode: (bytes) => [
    inet6Text(bytes),
    bytes.readUInt16BE(PORT_OFFSET),
    bytes.readUInt32BE(INET6_FLOWINFO),
    bytes.readUInt32LE(INET6_SCOPE),
  ],
  describe,
};
