import { statSync } from "node:fs";
import { isIP } from "node:net";
import { getSystemErrorMap } from "node:util";
import { GaiError, SocketError, TimeoutError } from "berkeley";
import type { Endpoint } from "./endpoint.js";
import { addressText, printable, shellWord } from "./show.js";

/** An error that the user can put right. Its message is one line that says what to do. */
export class Failure extends Error {
  constructor(
    message: string,
    /** The program's exit status. */
    readonly status = 1,
  ) {
    super(message);
  }
}

/** The system's own words for an error of Node's. */
export function reason(error: NodeJS.ErrnoException): string {
  return getSystemErrorMap().get(error.errno ?? 0)?.[1] ?? printable(error.message);
}

/** What was being done when a call failed: the remedy for an errno depends on it. */
type Doing = "listen" | "connect";

type Advice = (at: Endpoint) => string;

/** The endpoint as the user named it. */
export function endpointText(at: Endpoint): string {
  return at.kind === "unix" ? printable(at.path) : addressText([at.host, at.port]);
}

/** The server command that would answer at this endpoint. */
function serverLine(at: Endpoint): string {
  const where =
    at.kind === "unix"
      ? ` --unix ${shellWord(at.path)}`
      : `${at.host === "127.0.0.1" ? "" : ` --host ${shellWord(at.host)}`} --port ${at.port}`;
  return `berkeley server${where}${at.udp ? " --udp" : ""}`;
}

const unreachable: Advice = (at) =>
  `cannot reach ${endpointText(at)}: check the address and the network`;

/** Whether something at the path is not a socket: connect(2) then gives ECONNREFUSED, as if nobody
 *  listened. */
function isNoSocket(at: Endpoint): boolean {
  if (at.kind === "ip" || at.path.startsWith("@")) return false;
  try {
    return !statSync(at.path).isSocket();
  } catch {
    return false; // it has gone meanwhile
  }
}

const refused: Advice = (at) =>
  isNoSocket(at)
    ? `${endpointText(at)} is not a socket, but a file of another kind: give a server's path`
    : notListening(at);

const notListening: Advice = (at) =>
  `nothing listens on ${endpointText(at)}: start a server there first (${serverLine(at)})`;

const inUse: Advice = (at) => {
  if (at.kind === "ip") {
    return (
      `${endpointText(at)} is in use: ` +
      "stop the program that listens there, or choose another port with --port"
    );
  }
  if (at.path.startsWith("@")) {
    return `${endpointText(at)} is in use: stop the program that listens there, or choose another`;
  }
  return (
    `${endpointText(at)} exists already: if no server uses it any more, ` +
    `rm ${shellWord(at.path)}; otherwise choose another path with --unix`
  );
};

const mayNotListen: Advice = (at) =>
  at.kind === "ip"
    ? `no permission to listen on ${endpointText(at)}: choose a port from 1024 up with --port`
    : `no permission to make ${endpointText(at)}: choose a directory that you may write to`;

/** One row per errno. What has no row is reported in the error's own words. */
const advice: Record<Doing, Readonly<Record<string, Advice>>> = {
  listen: {
    EADDRINUSE: inUse,
    EACCES: mayNotListen,
    EPERM: mayNotListen,
    EADDRNOTAVAIL: (at) =>
      `${endpointText(at)} is not an address of this machine: ` +
      "give one of its own with --host, or 0.0.0.0 for all of them",
    ENOENT: (at) =>
      `cannot make ${endpointText(at)}: its directory does not exist; make it, or choose another`,
  },
  connect: {
    ECONNREFUSED: refused,
    ENOENT: (at) =>
      `there is no socket ${endpointText(at)}: start a server there first (${serverLine(at)})`,
    EACCES: (at) =>
      `no permission to connect to ${endpointText(at)}: ` +
      (at.kind === "unix"
        ? "its owner must let you write to it"
        : "a firewall or policy forbids it"),
    EPROTOTYPE: (at) =>
      `${endpointText(at)} is a socket of another type: ` +
      (at.udp ? "leave --udp out" : "add --udp, if its server has it"),
    EMSGSIZE: () => "that line is too long for one datagram: send shorter ones",
    ETIMEDOUT: unreachable,
    EHOSTUNREACH: unreachable,
    ENETUNREACH: unreachable,
  },
};

/** The message for an address or a name that is of the wrong family. */
function ofAnotherFamily(host: string): string {
  const version = isIP(host);
  if (version === 0) return `"${printable(host)}" has no address of the family asked for`;
  return `"${host}" is an IPv${version} address, but an IPv${version === 4 ? 6 : 4} one is wanted`;
}

/** What the resolver's errors mean, one row per code. */
const resolver: Readonly<Record<string, (host: string) => string>> = {
  ENOTFOUND: (host) => `cannot find the host "${host}": check the name and the network`,
  EAI_AGAIN: (host) =>
    `cannot find the host "${host}": no name server answers; check the network, or try again later`,
  EAI_FAIL: (host) => `cannot find the host "${host}": the name server has no answer`,
  EAI_ADDRFAMILY: ofAnotherFamily,
  EAI_FAMILY: ofAnotherFamily,
  EAI_SOCKTYPE: (host) => `no address of "${host}" goes with that type and protocol`,
  EAI_SERVICE: (host) => `no service of that name goes with that type, at "${host}"`,
};

function unresolved(error: GaiError, host: string): string {
  const row = resolver[error.code];
  return row === undefined ? printable(error.message) : row(printable(host));
}

/** The failure that tells the user what this error means at that endpoint; any other error as it came. */
export function explain(error: unknown, at: Endpoint, doing: Doing): unknown {
  if (error instanceof GaiError && at.kind === "ip") {
    const advice = error.code === "ENOTFOUND" ? ", or give an IP address with --host" : "";
    return new Failure(`${unresolved(error, at.host)}${advice}`);
  }
  if (error instanceof SocketError) {
    return new Failure(advice[doing][error.code]?.(at) ?? printable(error.message));
  }
  // For a wrong argument, the library's message names it, its bound and its value: that is clear.
  return error instanceof RangeError ? new Failure(printable(error.message)) : error;
}

/** An error in words: `connection refused (ECONNREFUSED)`, or with the library's own advice. */
export function inWords(error: SocketError): string {
  if (error instanceof TimeoutError) return "no answer in time";
  // The library's message ends with what to do, if it knows that.
  const advice = /: (.*)$/s.exec(error.message)?.[1];
  const words = advice ?? getSystemErrorMap().get(error.errno)?.[1] ?? error.message;
  return `${printable(words)} (${error.code})`;
}

/** The failure of a tool that was `doing` something; any error of another kind as it came. */
export function failing(doing: string, error: unknown): unknown {
  if (error instanceof GaiError) return new Failure(unresolved(error, error.address ?? ""));
  if (error instanceof SocketError) return new Failure(`${doing}: ${inWords(error)}`);
  if (error instanceof RangeError || error instanceof TypeError) {
    return new Failure(printable(error.message));
  }
  return error;
}
