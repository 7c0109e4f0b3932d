import { lstatSync, unlinkSync } from "node:fs";
import {
  type AF_INET,
  type AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  createConnection,
  getaddrinfo,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "berkeley";
import { type Command, InvalidArgumentError, Option } from "commander";
import { explain } from "./failure.js";
import { checkLink, firstOf } from "./internet.js";

/** Where a server is, as the options say, before any name is looked up. */
export type Endpoint = { readonly udp: boolean } & (
  | { readonly kind: "ip"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
);

/** The families that an endpoint can turn out to be. */
type AnyFamily = typeof AF_INET | typeof AF_INET6 | typeof AF_UNIX;
export type AnySocket = Socket<AnyFamily>;

export interface EndpointOptions {
  host: string;
  port: number;
  unix?: string;
  udp?: true;
  connectOnly?: true;
}

function parsePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65535) return port;
  throw new InvalidArgumentError("A port must be a number from 0 to 65535.");
}

function parsePath(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("A path, or @NAME, is needed.");
}

/** Gives a command the options that name an endpoint; `connectOnly` is the help of --connect-only. */
export function withEndpoint(command: Command, connectOnly: string): Command {
  return command
    .addOption(new Option("--host <host>", "name or address").default("127.0.0.1"))
    .addOption(new Option("--port <port>", "port number").default(9999).argParser(parsePort))
    .addOption(
      new Option("--unix <path>", "a Unix-domain socket at that path; @NAME is an abstract one")
        .argParser(parsePath)
        .conflicts(["host", "port"]),
    )
    .addOption(new Option("--udp", "datagrams; with --unix, Unix-domain datagrams"))
    .addOption(new Option("--connect-only", connectOnly).conflicts("udp"));
}

export function endpoint(options: EndpointOptions): Endpoint {
  const udp = options.udp === true;
  if (options.unix !== undefined) return { kind: "unix", path: options.unix, udp };
  checkLink(options.host);
  return { kind: "ip", host: options.host, port: options.port, udp };
}

/** The address for the kernel: an abstract name begins with a zero byte, which is typed as @. */
export function unixAddress(path: string): string {
  return path.replace(/^@/, "\0");
}

/** A new socket and the address to bind or connect it to. */
async function open(at: Endpoint) {
  const type = at.udp ? SOCK_DGRAM : SOCK_STREAM;
  if (at.kind === "unix") {
    return { sock: socket<AnyFamily>(AF_UNIX, type), address: unixAddress(at.path) };
  }
  const rows = await getaddrinfo(at.host, at.port, AF_UNSPEC, type);
  const [family, , , , address] = firstOf(rows);
  return { sock: socket<AnyFamily>(family, type), address };
}

/** A server's socket: bound, and listening unless it is for datagrams. */
export async function openServer(at: Endpoint): Promise<AnySocket> {
  let opened: AnySocket | undefined;
  try {
    const { sock, address } = await open(at);
    opened = sock;
    // A server that starts again must not have to wait until the last one's connections are forgotten.
    if (at.kind === "ip" && !at.udp) sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    sock.bind(address);
    if (!at.udp) sock.listen();
    return sock;
  } catch (error) {
    opened?.close();
    throw explain(error, at, "listen");
  }
}

/** A client's socket, connected. A datagram socket is, too, so that a refusal reaches it. */
export async function openClient(at: Endpoint): Promise<AnySocket> {
  let opened: AnySocket | undefined;
  try {
    // createConnection tries every address that the host has.
    if (at.kind === "ip" && !at.udp) return await createConnection([at.host, at.port]);
    const { sock, address } = await open(at);
    opened = sock;
    // A Unix datagram can only be answered if its sender has a name: here the kernel chooses one.
    if (at.kind === "unix" && at.udp) sock.bind("");
    await sock.connect(address);
    return sock;
  } catch (error) {
    opened?.close();
    throw explain(error, at, "connect");
  }
}

/** Returns a function that removes a bound Unix socket's path, if what is there is still what bind made. */
export function unlinker(at: Endpoint): () => void {
  if (at.kind !== "unix" || at.path.startsWith("@")) return () => {};
  const made = lstatSync(at.path);
  return () => {
    const now = lstatSync(at.path, { throwIfNoEntry: false });
    if (now !== undefined && now.ino === made.ino && now.dev === made.dev) unlinkSync(at.path);
  };
}
