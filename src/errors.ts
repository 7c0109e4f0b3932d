/** The errors of every call, in the shape of Node's system errors. */
import { define } from "./define.js";
import { errnoNames, gaiNames } from "./errno.generated.js";

/** What an error is about: an Internet host and port, a path; or a name or text that was wrong. */
export interface Where {
  /** Shown only in the message. */
  readonly about?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** The C name of an option. */
  readonly option?: string | undefined;
  /** What to do about the error, for the end of its message. */
  readonly advice?: string | undefined;
}

function describe(where: Where): string {
  const name = where.option ?? where.about;
  const about = name === undefined ? "" : ` ${name}`;
  if (where.advice !== undefined) return `${about}: ${where.advice}`;
  if (about !== "") return about;
  if (where.address === undefined) return "";
  const address = where.address === "" ? '""' : String(where.address);
  if (where.port === undefined) return ` ${address}`;
  const host = address.includes(":") ? `[${address}]` : address;
  return ` ${host}:${where.port}`;
}

/** The name of a (positive) errno; a number that no header knows still has one. */
function errnoName(errno: number): string {
  return errnoNames[errno] ?? `E${errno}`;
}

/** A system call failed. `code` is the errno's name, `errno` its negative number. */
export class SocketError extends Error {
  /** The name of the errno: `"ECONNREFUSED"`. If a number has two names, this is Node's: `"ENOTSUP"` where a man page
   * says EOPNOTSUPP, `"EAGAIN"` where it says EWOULDBLOCK. */
  readonly code: string;
  /** The errno, negative as in Node: `util.getSystemErrorName(errno)` takes it. For a `GaiError`, the
   * number of an `EAI_*` constant, which is not an errno. */
  readonly errno: number;
  /** The call that failed. */
  readonly syscall: string;
  /** The Internet host or the path that it is about, if there is one. */
  declare readonly address?: string;
  /** The port, if there is one. */
  declare readonly port?: number;
  /** The C name of the option that was read or set by its name. */
  declare readonly option?: string;
  /** How many bytes a `sendall`, `sendfile` or `sendmmsg` had sent before it failed. */
  declare bytesSent?: number;

  /** `errno` is negative, as Node has it.
   * @hidden */
  constructor(errno: number, syscall: string, where: Where = {}, code = errnoName(-errno)) {
    super(`${syscall} ${code}${describe(where)}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    if (where.address !== undefined) this.address = where.address;
    if (where.port !== undefined) this.port = where.port;
    if (where.option !== undefined) this.option = where.option;
  }
}
define(SocketError.prototype, "name", { value: "SocketError", configurable: true });

/** The result of a system call; throws if it has failed. */
export function ok(rc: number, syscall: string): number {
  if (rc < 0) throw new SocketError(rc, syscall);
  return rc;
}

/** The socket's own timeout ran out. (The kernel's ETIMEDOUT is a plain `SocketError`.) */
export class TimeoutError extends SocketError {}
define(TimeoutError.prototype, "name", { value: "TimeoutError", configurable: true });

/** The codes that Node's dns module has for what the resolver says. */
const DNS_CODES: Readonly<Record<string, string>> = {
  EAI_NONAME: "ENOTFOUND",
  EAI_NODATA: "ENOTFOUND",
};

/** A name could not be resolved. `code` is as in Node's dns, `errno` the `EAI_*` number. Do not pass it to
 * `util.getSystemErrorName`, which would take -2 (`EAI_NONAME`) for ENOENT. See gai_strerror(3). */
export class GaiError extends SocketError {
  /** @hidden */
  constructor(eai: number, syscall: string, where: Where = {}) {
    const name = gaiNames[eai] ?? `EAI_${eai}`;
    super(eai, syscall, where, DNS_CODES[name] ?? name);
  }
}
define(GaiError.prototype, "name", { value: "GaiError", configurable: true });
