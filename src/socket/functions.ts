/** The module functions that make sockets, for either face. */
import type { AddressInput, Family } from "../address/types.js";
import * as check from "../check.js";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../constants.generated.js";
import { ok } from "../errors.js";
import { native, VALUES, words } from "../native.js";
import { connection } from "./connection.js";
import type { SocketOptions } from "./core.js";
import type { Face, Mode, SocketOf, W, WaitOptions } from "./face.js";
import { kindOf } from "./kind.js";
import { poller } from "./poller.js";
import { forgetNumber } from "./unclosed.js";

/** A host and a port, which resolve to addresses of either Internet family. */
export type HostPort = readonly [host: string, port: number];

/** What `createConnection` takes besides the address. */
export interface ConnectionOptions {
  /** Seconds for each attempt; the default timeout if left out. */
  timeout?: number | null | undefined;
  /** The address to connect from. If it has four parts (IPv6), only the host's IPv6 addresses are tried. */
  sourceAddress?: HostPort | AddressInput<typeof AF_INET6> | null | undefined;
  /** Throw an `AggregateError` of all attempts' errors, not just the last error. */
  allErrors?: boolean | undefined;
}

/** What `createServer` takes besides the address. */
export interface ServerOptions<F extends Family> {
  /** `AF_INET` (the default), `AF_INET6`, or another with streams: `AF_UNIX`, `AF_VSOCK`. */
  family?: F | undefined;
  /** As `listen` takes it: 128 if left out. */
  backlog?: number | undefined;
  /** `SO_REUSEPORT`: several sockets may share the port. */
  reusePort?: boolean | undefined;
  /** Also take IPv4 connections on an IPv6 socket; needs `family: AF_INET6`. */
  dualstackIPv6?: boolean | undefined;
}

type WithSignal<M extends Mode> = M extends "async" ? WaitOptions : unknown;

/** The module functions, by face. */
export interface Functions<M extends Mode> {
  /** `socket(family, type, proto)`: a new socket; `AF_INET`, `SOCK_STREAM`, 0 by default. With
   * `fileno` it is made from an open descriptor, and whichever of the three is left out is read
   * from that. `SOCK_NONBLOCK` in `type` sets a timeout of 0. See socket(2).
   * @throws {SocketError} EAFNOSUPPORT, EPROTONOSUPPORT, EMFILE, EPERM; EBADF, ENOTSOCK. */
  socket<F extends Family = typeof AF_INET>(
    family?: F,
    type?: number,
    proto?: number,
    options?: SocketOptions,
  ): SocketOf<M, F>;
  /** `socketpair(family, type, proto)`: two sockets, connected to each other; `AF_UNIX` by
   * default. See socketpair(2). @throws {SocketError} ENOTSUP (no pairs of that family), EMFILE. */
  socketpair<F extends Family = typeof AF_UNIX>(
    family?: F,
    type?: number,
    proto?: number,
  ): [SocketOf<M, F>, SocketOf<M, F>];
  /** `fcntl(fd, F_DUPFD_CLOEXEC)`: a socket on a duplicate of `fd`, which stays the caller's. See
   * dup(2). @throws {SocketError} EBADF, EMFILE, ENOTSOCK. */
  fromfd<F extends Family>(fd: number, family: F, type: number, proto?: number): SocketOf<M, F>;
  /** Connects to a host by name: tries each address that it resolves to, in order, each within the
   * timeout. More than one system call: getaddrinfo(3), then socket(2) and connect(2) for each address.
   * @throws {GaiError} the host is not found. @throws {SocketError} the error of the last attempt.
   * @throws {AggregateError} the errors of all attempts, with `allErrors`. */
  createConnection(
    address: HostPort,
    options?: (ConnectionOptions & WithSignal<M>) | undefined,
    ...rest: M extends "async" ? [waitOptions?: WaitOptions | undefined] : []
  ): W<M, SocketOf<M, typeof AF_INET | typeof AF_INET6>>;
  /** A socket bound to `address` and listening, with `SO_REUSEADDR`. More than one system call:
   * socket(2), setsockopt(2), bind(2), listen(2).
   * @throws {SocketError} EADDRINUSE, EADDRNOTAVAIL, EACCES. */
  createServer<F extends Family = typeof AF_INET>(
    address: AddressInput<F>,
    options?: ServerOptions<F>,
  ): SocketOf<M, F>;
  /** Whether an IPv6 socket can also take IPv4 connections, that is, whether `IPV6_V6ONLY` can be
   * turned off. See ipv6(7). */
  hasDualstackIPv6(): boolean;
  /** The timeout of new sockets in seconds, or `null` for no limit. */
  getdefaulttimeout(): number | null;
  /** Sets the timeout of new sockets: seconds, 0 not to wait at all, `null` for no limit.
   * @throws {RangeError} a negative or infinite time. */
  setdefaulttimeout(timeout: number | null): void;
  /** `close(fd)`: closes a descriptor by its number. Calls that wait on it end with EBADF. See close(2).
   * @throws {SocketError} EBADF. */
  close(fd: number): void;
  /** `fcntl(fd, F_DUPFD_CLOEXEC)`: the number of a duplicate of the descriptor. See dup(2).
   * @throws {SocketError} EBADF, EMFILE. */
  dup(fd: number): number;
}

type SocketClass<M extends Mode> = new (
  family?: Family,
  type?: number,
  proto?: number,
  options?: SocketOptions,
) => SocketOf<M, Family>;

function makePair(face: Face, family: number, type: number, proto: number): [object, object] {
  const plain = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  const timeout = (type & SOCK_NONBLOCK) !== 0 ? 0 : face.defaultTimeout;
  const mode = face.nonblock(timeout) ? SOCK_NONBLOCK : 0;
  ok(native.socketpair(family, plain | mode, proto), "socketpair");
  const fds = [words[VALUES] as number, words[VALUES + 1] as number];
  const kind = kindOf(face, family, plain, proto);
  const pair = fds.map((fd) => face.adopt(fd, kind)) as [object, object];
  if (timeout === 0) for (const one of pair) (one as SocketOf<Mode, Family>).settimeout(0);
  return pair;
}

export type AnySocket = SocketOf<Mode, Family>;
/** A new socket of a family, in the face's way. */
type Open = (family: Family) => AnySocket;

function listeningSocket(
  open: Open,
  address: AddressInput<Family>,
  asked: ServerOptions<Family> | undefined,
): AnySocket {
  const call = "createServer";
  const { family, backlog, reusePort, dualstackIPv6 } = check.options(call, asked) ?? {};
  if (backlog !== undefined) check.backlog(call, backlog);
  const isShared = check.boolean(call, "reusePort", reusePort);
  const isDual = check.boolean(call, "dualstackIPv6", dualstackIPv6);
  if (isDual && family !== AF_INET6) {
    throw new TypeError(`${call}: dualstackIPv6 needs family: AF_INET6`);
  }
  const server = open(family ?? AF_INET);
  try {
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (isShared) server.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
    if (family === AF_INET6) server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, !isDual);
    server.bind(address);
    server.listen(backlog);
    return server;
  } catch (error) {
    server.close();
    throw error;
  }
}

function canBeDualstack(open: Open): boolean {
  try {
    const probe = open(AF_INET6);
    try {
      probe.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
      return true;
    } finally {
      probe.close();
    }
  } catch {
    return false;
  }
}

export function makeFunctions<M extends Mode>(face: Face, Socket: SocketClass<M>): Functions<M> {
  // `never`: that the face's class makes what `SocketOf<M, F>` says of each `F`, the compiler cannot know.
  const functions: Functions<M> = {
    socket: (family, type, proto, options) => new Socket(family, type, proto, options) as never,

    socketpair: (family, type = SOCK_STREAM, proto = 0) =>
      makePair(
        face,
        check.int("socketpair", "family", family ?? AF_UNIX),
        check.int("socketpair", "type", type),
        check.int("socketpair", "proto", proto),
      ) as never,

    fromfd(fd, family, type, proto = 0) {
      check.int("fromfd", "family", family);
      check.int("fromfd", "type", type);
      check.int("fromfd", "proto", proto);
      const fileno = ok(native.dup(check.descriptor("fromfd", "fd", fd), true), "dup");
      try {
        return functions.socket(family, type, proto, { fileno });
      } catch (error) {
        native.close(fileno);
        throw error;
      }
    },

    createConnection: (address, options, ...[waitOptions]) =>
      face.drive(connection(face, functions, address, options, waitOptions)) as never,

    createServer: (address, options) =>
      listeningSocket(functions.socket, address as never, options) as never,

    hasDualstackIPv6: () => canBeDualstack(functions.socket),

    getdefaulttimeout: () => face.defaultTimeout,

    setdefaulttimeout(timeout) {
      face.defaultTimeout = check.timeout("setdefaulttimeout", timeout);
    },

    close(fd) {
      const number = check.descriptor("close", "fd", fd);
      poller.dismiss(number);
      forgetNumber(number);
      ok(native.close(number), "close");
    },

    dup: (fd) => ok(native.dup(check.descriptor("dup", "fd", fd), false), "dup"),
  };
  return functions;
}
