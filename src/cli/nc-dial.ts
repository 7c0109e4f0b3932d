import { AF_UNIX, SO_REUSEADDR, SOCK_DGRAM, SOL_SOCKET, SocketError, socket } from "berkeley";
import { unixAddress, unlinker } from "./endpoint.js";
import { failing } from "./failure.js";
import { checkLink } from "./internet.js";
import type { NcOptions } from "./nc-options.js";
import { hasMessages, isLink, type OfAnyFamily, type Place } from "./nc-place.js";
import { addressText, printable } from "./show.js";

function open({ family, type, proto }: Place): OfAnyFamily {
  return socket(family, type, proto) as OfAnyFamily;
}

/** The other side's address as people write it, whatever its family. */
export function peerText(address: unknown): string {
  if (Array.isArray(address) && typeof address[0] !== "string") return address.join(" ");
  return addressText(address as Parameters<typeof addressText>[0]);
}

/** Says what happens, if the user wants to know (-v). */
export function say(options: NcOptions, line: string): void {
  if (options.verbose) console.error(line);
}

/** Where to connect from: the host or the port was given, or both. */
function ownText({ source, sourcePort }: NcOptions): string {
  if (source === undefined) return `port ${sourcePort}`;
  return sourcePort === undefined ? printable(source) : addressText([source, sourcePort]);
}

/** What could not be done, for an error's line. If our own address cannot be had, the place has nothing to
 *  do with it. */
export function failedText({ text, family }: Place, options: NcOptions, error: unknown): string {
  const isOwn = error instanceof SocketError && error.syscall === "bind" && !isLink(family);
  return isOwn ? `cannot connect from ${ownText(options)}` : `cannot connect to ${text}`;
}

/** Gives a Unix socket its own path, or @NAME. Returns a function that removes the path again. */
function bindUnix(sock: OfAnyFamily, own: string | undefined): () => void {
  if (own !== undefined) {
    sock.bind(unixAddress(own));
    return unlinker({ kind: "unix", path: own, udp: hasMessages(sock.type) });
  }
  // A Unix datagram can only be answered if its sender has a name: here the kernel chooses one.
  if (sock.type === SOCK_DGRAM) sock.bind("");
  return () => {};
}

/** A socket to talk on, and the place that it is connected to. */
interface Dialled {
  readonly sock: OfAnyFamily;
  readonly place: Place;
  /** Also removes its own path. */
  close(): void;
}

/** Connects to the place. */
export async function dial(
  place: Place,
  options: NcOptions,
  signal?: AbortSignal,
): Promise<Dialled> {
  const { source, sourcePort, wait } = options;
  const sock = open(place);
  let unlink = () => {};
  const close = () => {
    sock.close();
    unlink();
  };
  try {
    if (isLink(place.family)) {
      sock.bind(place.address);
      return { sock, place, close };
    }
    if (place.family === AF_UNIX) unlink = bindUnix(sock, source);
    else if (source !== undefined || sourcePort !== undefined) {
      checkLink(source ?? "");
      sock.bind([source ?? "", sourcePort ?? 0]);
    }
    sock.settimeout(wait ?? null);
    await sock.connect(place.address, { signal });
    sock.settimeout(null);
    return { sock, place, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Connects to the first of the places that answers. */
export async function dialFirst(
  candidates: readonly Place[],
  options: NcOptions,
  signal: AbortSignal,
): Promise<Dialled> {
  let last: unknown;
  for (const place of candidates) {
    try {
      const dialled = await dial(place, options, signal);
      say(options, `connected to ${place.text}`);
      return dialled;
    } catch (error) {
      if (signal.aborted) throw error;
      last = failing(failedText(place, options, error), error);
    }
  }
  throw last;
}

/** A socket that is bound to the first of the places, and listens there if it can. */
export function bindFirst(candidates: readonly Place[]): [OfAnyFamily, Place] {
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
