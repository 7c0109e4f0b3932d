/** The socket, as both faces have it: the public methods, their arguments and their documents.
 * What a call does stands in `calls/`; how it waits, in the face. */
import * as os from "node:os";
import { type InspectOptions, inspect } from "node:util";
import { Lookup, type Target } from "../address/family.js";
import { decodeShared, describeAddress, encodeAddress } from "../address/index.js";
import type { AddressInput, AddressOf, Family } from "../address/types.js";
import * as check from "../check.js";
import {
  AF_INET,
  SHUT_RD,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../constants.generated.js";
import { ok, SocketError } from "../errors.js";
import { native, PUT_OFF_COUNT, SENT, VALUES, words } from "../native.js";
import { resolveNow } from "../resolve/host.js";
import { ACCEPT, ACCEPT_NEXT } from "./calls/accept.js";
import { CONNECT, CONNECT_EX } from "./calls/connect.js";
import { RECV, RECV_INTO, RECVFROM, RECVFROM_INTO } from "./calls/receive.js";
import { SEND, SENDALL, SENDTO } from "./calls/send.js";
import { Descriptor } from "./descriptor.js";
import { type Face, Fresh, type Mode, type Rest, type SocketOf, type W } from "./face.js";
import { Kind, kindOf } from "./kind.js";
import { optionBuffer, optionNumber, setOption } from "./option.js";
import { poller } from "./poller.js";
import { privilegeAdvice } from "./privilege.js";
import type { Call } from "./request.js";
import { forget, watchOver } from "./unclosed.js";

const { ECONNRESET } = os.constants.errno;

const TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

/** min(SOMAXCONN, 128), Python's default, and enough for a burst. */
const DEFAULT_BACKLOG = 128;

function readOption(fd: number, name: number): number {
  ok(native.getsockoptInt(fd, SOL_SOCKET, name), "getsockopt");
  return words[VALUES] as number;
}

const PRESET: Target = { family: AF_INET, type: SOCK_STREAM, proto: 0 };

/** What a descriptor is, whatever the caller says. */
function ownOf(fd: number): Target {
  return {
    family: readOption(fd, SO_DOMAIN),
    type: readOption(fd, SO_TYPE),
    proto: readOption(fd, SO_PROTOCOL),
  };
}

function make(family: number, type: number, proto: number, nonblock: boolean): number {
  const fd = native.socket(family, type | (nonblock ? SOCK_NONBLOCK : 0), proto);
  if (fd >= 0) return fd;
  throw new SocketError(fd, "socket", { advice: privilegeAdvice(fd, family, type, proto) });
}

/** A new socket, or the one that a descriptor's number stands for. */
function open(
  face: Face,
  family: unknown,
  type: unknown,
  proto: unknown,
  fileno: unknown,
): Descriptor {
  const from = fileno === undefined ? -1 : check.descriptor("socket", "fileno", fileno);
  // A bad descriptor is EBADF and one that is no socket ENOTSOCK, whatever else is given.
  const own = from < 0 ? PRESET : ownOf(from);
  const take = (what: keyof Target, value: unknown): number =>
    value === undefined ? own[what] : check.int("socket", what, value);
  const domain = take("family", family);
  const flagged = take("type", type);
  const protocol = take("proto", proto);
  const timeout = (flagged & SOCK_NONBLOCK) !== 0 ? 0 : face.defaultTimeout;
  const nonblock = face.nonblock(timeout);
  const plain = flagged & ~TYPE_FLAGS;
  const fd = from < 0 ? make(domain, plain, protocol, nonblock) : from;
  if (from >= 0) {
    // Without a timeout a blocking socket leaves the mode of the descriptor as it is, as Python.
    if (nonblock) ok(native.setNonblock(fd, true), "ioctl");
    native.own(fd);
  }
  const isAsSaid = domain === own.family && plain === own.type && protocol === own.proto;
  const kind =
    from < 0 || isAsSaid
      ? kindOf(face, domain, plain, protocol)
      : new Kind(face, domain, plain, protocol, own);
  const descriptor = new Descriptor(fd, kind);
  descriptor.timeout = timeout;
  if (from >= 0) descriptor.share();
  return descriptor;
}

/** What the constructor takes besides family, type and protocol. */
export interface SocketOptions {
  /** An open descriptor to make the socket from; the socket then owns it. */
  fileno?: number | undefined;
}

/** What is behind a public socket, for the library's own calls: `fileno()` gives the number away. */
export let descriptorWithin: (socket: unknown) => Descriptor | undefined;

/** Runs a row on a public socket, for methods and functions that are defined elsewhere. */
export function runCall(
  socket: unknown,
  call: Call<unknown>,
  a?: unknown,
  b?: unknown,
  c?: unknown,
  d?: unknown,
  e?: unknown,
): unknown {
  const descriptor = descriptorWithin(socket);
  if (descriptor === undefined) {
    throw check.wrongType(call.name ?? call.syscall, "sock", "a Socket", socket);
  }
  return descriptor.face.run(call, descriptor, socket as object, a, b, c, d, e);
}

export abstract class SocketCore<out F extends Family, M extends Mode> {
  readonly #descriptor: Descriptor;

  static {
    descriptorWithin = (socket) => {
      const isOurs = typeof socket === "object" && socket !== null && #descriptor in socket;
      return isOurs ? socket.#descriptor : undefined;
    };
  }

  protected constructor(
    face: Face,
    family: F | undefined,
    type: number | undefined,
    proto: number | undefined,
    options: SocketOptions | Fresh | undefined,
  ) {
    this.#descriptor =
      options instanceof Fresh
        ? new Descriptor(options.fd, options.kind)
        : open(face, family, type, proto, check.options("socket", options)?.fileno);
    watchOver(this, this.#descriptor);
  }

  /** Runs the row of a call. */
  #run<T>(call: Call<T>, a?: unknown, b?: unknown, c?: unknown, d?: unknown): W<M, T> {
    return this.#descriptor.face.run(call, this.#descriptor, this, a, b, c, d) as W<M, T>;
  }

  /** The address family: `AF_INET`, `AF_UNIX`, … */
  get family(): F {
    return this.#descriptor.family as F;
  }

  /** The type, without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`: `SOCK_STREAM`, `SOCK_DGRAM`, … */
  get type(): number {
    return this.#descriptor.type;
  }

  /** The protocol as it was given; 0 is the family's default for the type. */
  get proto(): number {
    return this.#descriptor.proto;
  }

  /** The same as `gettimeout()`. */
  get timeout(): number | null {
    return this.#descriptor.timeout;
  }

  /** `accept4(fd, addr, len, SOCK_CLOEXEC)`: the next connection, and its peer's address. The new
   * socket has the default timeout. See accept(2).
   * @throws {SocketError} EINVAL (not listening), EMFILE (no descriptor left), EBADF (closed).
   * @throws {TimeoutError} after the socket's timeout. */
  accept(...rest: Rest<M>): W<M, [SocketOf<M, F>, AddressOf<F>]>;
  accept(options?: unknown): unknown {
    return this.#run(ACCEPT, options);
  }

  /** For iteration. `fileno()` would give the number away. */
  protected get isClosed(): boolean {
    return this.#descriptor.fd < 0;
  }

  /** As `accept`, for iteration: outlives peers that have gone, and a lack of descriptors. */
  protected acceptNext(): W<M, IteratorResult<[SocketOf<M, F>, AddressOf<F>]>> {
    return this.#run(ACCEPT_NEXT) as W<M, IteratorResult<[SocketOf<M, F>, AddressOf<F>]>>;
  }

  /** `bind(fd, addr, len)`: gives the socket a local address. A host that is not numeric is resolved
   * in place, which blocks the thread. See bind(2).
   * @throws {SocketError} EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL (bound already). */
  bind(address: AddressInput<F>): void {
    const encoded = encodeAddress("bind", address, this.#descriptor);
    const sockaddr = encoded instanceof Lookup ? resolveNow(encoded) : encoded;
    const rc = native.bind(this.#descriptor.fd, sockaddr);
    if (rc < 0) {
      throw new SocketError(rc, "bind", describeAddress(this.#descriptor.family, address));
    }
  }

  /** `listen(fd, backlog)`: takes connections; up to `backlog` (128 by default) may wait to be
   * accepted. A negative `backlog` counts as 0. See listen(2).
   * @throws {SocketError} EADDRINUSE, ENOTSUP (not a type that listens). */
  listen(backlog: number = DEFAULT_BACKLOG): void {
    const most = Math.max(check.backlog("listen", backlog), 0);
    ok(native.listen(this.#descriptor.fd, most), "listen");
  }

  /** Connects within the socket's timeout; a datagram socket gets a default peer. More than one
   * system call if it has to wait: connect(2), then poll(2), then SO_ERROR (for TCP, connect(2)
   * again). See connect(2).
   * @throws {SocketError} ECONNREFUSED, ENETUNREACH, EISCONN; EINPROGRESS if non-blocking.
   * @throws {GaiError} the host is not found. @throws {TimeoutError} after the timeout. */
  connect(address: AddressInput<F>, ...rest: Rest<M>): W<M, void>;
  connect(address: unknown, options?: unknown): unknown {
    return this.#run(CONNECT, address, options);
  }

  /** As `connect`, but returns 0, or a positive errno instead of an error: ECONNREFUSED, EBADF
   * (closed), EINPROGRESS if non-blocking; EAGAIN after the timeout. An error before the system call
   * is still thrown. See connect(2).
   * @throws {GaiError} the host is not found. @throws {TypeError | RangeError} a wrong address. */
  connectEx(address: AddressInput<F>, ...rest: Rest<M>): W<M, number>;
  connectEx(address: unknown, options?: unknown): unknown {
    return this.#run(CONNECT_EX, address, options);
  }

  /** `recv(fd, buf, bufsize, flags)`: at most `bufsize` bytes; an empty Buffer is the end of the
   * stream (or an empty datagram). For 0 bytes no system call is made, as in Python. See recv(2).
   * @throws {SocketError} ECONNRESET, ENOTCONN, EBADF (closed); EAGAIN if non-blocking.
   * @throws {TimeoutError} after the socket's timeout. */
  recv(bufsize: number, ...rest: Rest<M, [flags?: number]>): W<M, Buffer<ArrayBuffer>>;
  recv(bufsize: unknown, flags?: unknown, options?: unknown): unknown {
    return this.#run(RECV, bufsize, flags, options);
  }

  /** As `recv`, into `buffer`: at most `nbytes` (0 or left out: all of it). Returns the number of
   * bytes. See recv(2).
   * @throws {SocketError} as `recv`. @throws {TimeoutError} after the socket's timeout. */
  recvInto(
    buffer: Uint8Array | ArrayBuffer | DataView,
    ...rest: Rest<M, [nbytes?: number, flags?: number]>
  ): W<M, number>;
  recvInto(buffer: unknown, nbytes?: unknown, flags?: unknown, options?: unknown): unknown {
    return this.#run(RECV_INTO, buffer, nbytes, flags, options);
  }

  /** `recvfrom(fd, buf, bufsize, flags, addr, len)`: one datagram (bytes beyond `bufsize` are
   * lost) and its sender's address, or `null` if the kernel gives none. See recvfrom(2).
   * @throws {SocketError} as `recv`. @throws {TimeoutError} after the socket's timeout. */
  recvfrom(
    bufsize: number,
    ...rest: Rest<M, [flags?: number]>
  ): W<M, [Buffer<ArrayBuffer>, AddressOf<F> | null]>;
  recvfrom(bufsize: unknown, flags?: unknown, options?: unknown): unknown {
    return this.#run(RECVFROM, bufsize, flags, options);
  }

  /** As `recvfrom`, into `buffer`: at most `nbytes` (0 or left out: all of it). Returns the number of
   * bytes and the sender. See recvfrom(2).
   * @throws {SocketError} as `recv`. @throws {TimeoutError} after the socket's timeout. */
  recvfromInto(
    buffer: Uint8Array | ArrayBuffer | DataView,
    ...rest: Rest<M, [nbytes?: number, flags?: number]>
  ): W<M, [number, AddressOf<F> | null]>;
  recvfromInto(buffer: unknown, nbytes?: unknown, flags?: unknown, options?: unknown): unknown {
    return this.#run(RECVFROM_INTO, buffer, nbytes, flags, options);
  }

  /** `send(fd, buf, len, flags)`: returns how many bytes were taken, which may be fewer than given.
   * Strings are sent as UTF-8; `MSG_NOSIGNAL` is always set.
   *
   * In `berkeley` the system call may come later, when the running JavaScript has ended, but always
   * before any other call of this library; with `MSG_DONTWAIT` it is made at once. Do not write to
   * `data` until the Promise has settled: the changed bytes may be sent. With `MSG_ZEROCOPY` the
   * kernel uses the memory until the error queue reports that it is done; a string is refused, since
   * nothing keeps its bytes.
   *
   * If the peer refuses a datagram, a later call has the error (ECONNREFUSED); when many sends are
   * in progress, one such error may be lost. See send(2).
   * @throws {SocketError} EPIPE, ECONNRESET, ECONNREFUSED, ENOTCONN, EMSGSIZE; EAGAIN if non-blocking.
   * @throws {TimeoutError} after the socket's timeout. */
  send(data: check.Data, ...rest: Rest<M, [flags?: number]>): W<M, number>;
  send(data: unknown, flags?: unknown, options?: unknown): unknown {
    return this.#run(SEND, data, flags, options);
  }

  /** Sends all of `data`, in as many send(2) calls as it takes, within one timeout. As for `send`,
   * the calls may be made later, and `data` is yours again when the Promise has settled. Several
   * `sendall` in a row on a stream may share a system call. If it fails, its error has the number of
   * bytes sent as `bytesSent`. (If one signal ends several calls, all reject with its reason, which has that of the last.)
   * @throws {SocketError} as `send`. @throws {TimeoutError} after the timeout. */
  sendall(data: check.Data, ...rest: Rest<M, [flags?: number]>): W<M, void>;
  sendall(data: unknown, flags?: unknown, options?: unknown): unknown {
    return this.#run(SENDALL, data, flags, options);
  }

  /** `sendto(fd, buf, len, flags, addr, len)`: one datagram to `address`. As for `send`, the system
   * call may be made later, and `data` is yours again when the Promise has settled. See sendto(2).
   * @throws {SocketError} as `send`. @throws {GaiError} the host is not found.
   * @throws {TimeoutError} after the socket's timeout. */
  sendto(data: check.Data, address: AddressInput<F>, ...rest: Rest<M>): W<M, number>;
  sendto(data: check.Data, flags: number, address: AddressInput<F>, ...rest: Rest<M>): W<M, number>;
  sendto(data: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    return this.#run(SENDTO, data, b, c, d);
  }

  /** `getpeername(fd, addr, len)`: the address at the other end. See getpeername(2).
   * @throws {SocketError} ENOTCONN, EBADF. */
  getpeername(): AddressOf<F> {
    ok(native.getpeername(this.#descriptor.fd), "getpeername");
    return decodeShared(this.#descriptor.proto) as AddressOf<F>;
  }

  /** `getsockname(fd, addr, len)`: the socket's own address. See getsockname(2).
   * @throws {SocketError} EBADF. */
  getsockname(): AddressOf<F> {
    ok(native.getsockname(this.#descriptor.fd), "getsockname");
    return decodeShared(this.#descriptor.proto) as AddressOf<F>;
  }

  /** `getsockopt(fd, level, name, …)`: an int (64 bits for an `AF_VSOCK` socket), or with
   * `buflen` (1 to 1024) at most that many bytes. `getOption` reads options by name. See
   * getsockopt(2), socket(7), tcp(7), ip(7), ipv6(7), unix(7).
   * @throws {SocketError} ENOPROTOOPT, EBADF. */
  getsockopt(level: number, name: number): number;
  getsockopt(level: number, name: number, buflen: number): Buffer<ArrayBuffer>;
  getsockopt(level: number, name: number, buflen?: number): number | Buffer {
    const { fd, family } = this.#descriptor;
    if (buflen === undefined || buflen === 0) return optionNumber(fd, family, level, name);
    return optionBuffer(fd, level, name, buflen);
  }

  /** `setsockopt(fd, level, name, value, len)`: a number or a boolean is passed as an int, bytes as
   * they are; `null` with `optlen` is a null pointer with that length. See setsockopt(2).
   * @throws {SocketError} ENOPROTOOPT, EINVAL, EPERM, EBADF. */
  setsockopt(level: number, name: number, value: number | boolean | check.Data): void;
  setsockopt(level: number, name: number, value: null, optlen: number): void;
  setsockopt(
    level: number,
    name: number,
    value: number | boolean | check.Data | null,
    optlen?: number,
  ): void {
    const { fd, family } = this.#descriptor;
    setOption(fd, family, level, name, value, optlen);
    this.#descriptor.heedOption(level, name);
  }

  /** Sets how many seconds a call may wait: 0 means not at all, `null` (the default) no
   * limit. @throws {RangeError} a negative or infinite time. @throws {SocketError} EBADF (closed). */
  settimeout(timeout: number | null): void {
    const seconds = check.timeout("settimeout", timeout);
    const { fd, face } = this.#descriptor;
    ok(native.setNonblock(fd, face.nonblock(seconds)), "ioctl");
    this.#descriptor.timeout = seconds;
  }

  /** How many seconds a call may wait, or `null` for no limit. */
  gettimeout(): number | null {
    return this.#descriptor.timeout;
  }

  /** `true` is `settimeout(null)`, `false` is `settimeout(0)`. */
  setblocking(flag: boolean): void {
    this.settimeout(check.flag("setblocking", flag) ? null : 0);
  }

  /** Whether calls may wait at all: false when the timeout is 0. */
  getblocking(): boolean {
    return this.#descriptor.timeout !== 0;
  }

  /** `shutdown(fd, how)`: `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`. See shutdown(2).
   * @throws {SocketError} ENOTCONN, EINVAL, EBADF. */
  shutdown(how: number): void {
    const descriptor = this.#descriptor;
    const direction = check.int("shutdown", "how", how);
    ok(native.shutdown(descriptor.fd, direction), "shutdown");
    // No event tells those who wait for room in a Unix socket.
    if (direction !== SHUT_RD) poller.retryWriters(descriptor);
  }

  /** Ends every waiting call with EBADF, then `close(fd)`; a second call does nothing. With `SO_LINGER`
   * of more than 0 seconds it blocks the thread, in `berkeley` too, until the peer's system has
   * everything that was sent, or for that many seconds at most. With 0 seconds it resets the connection
   * at once, and unsent data is lost. See close(2), socket(7).
   * @throws {SocketError} EBADF (the descriptor was closed elsewhere). */
  close(): void {
    const { fd } = this.#descriptor;
    if (fd < 0) return;
    forget(this.#descriptor);
    const rc = this.#descriptor.close();
    // Linux frees the number whatever close(2) says; ECONNRESET means that the peer had gone.
    if (rc < 0 && rc !== -ECONNRESET) throw new SocketError(rc, "close");
  }

  /** Returns the descriptor's number, which the caller then owns and has to close (see close(2)). The
   * socket counts as closed: every waiting call ends with EBADF, or with what it has so far
   * (`MSG_WAITALL`, `sendmmsg`). Returns -1 if already closed or detached; throws nothing.
   *
   * To move a socket to another thread: here `worker.postMessage(sock.detach())`, there
   * `socket(family, type, proto, { fileno })`. (A Socket itself would arrive as an empty object.) */
  detach(): number {
    forget(this.#descriptor);
    const fd = this.#descriptor.release(true);
    native.disown(fd);
    return fd;
  }

  /** `fcntl(fd, F_DUPFD_CLOEXEC)`: another socket object on the same open socket, with this one's
   * timeout. See dup(2). @throws {SocketError} EMFILE, EBADF. */
  dup(): SocketOf<M, F> {
    const fd = ok(native.dup(this.#descriptor.fd, true), "dup");
    const twin = this.#descriptor.adopt(fd) as SocketCore<F, M>;
    this.#descriptor.share();
    twin.#descriptor.share();
    twin.settimeout(this.#descriptor.timeout);
    return twin as object as SocketOf<M, F>; // what the face adopts is its public class
  }

  /** The descriptor's number, or -1 once closed or detached. A process that you give it to (a child in its
   * `stdio`, the receiver of `sendFds`) gets it in the kernel's mode. A `berkeley` socket is `O_NONBLOCK`
   * whatever its timeout, and a program that expects to block gets EAGAIN errors. `setblocking(true)` on a
   * `berkeley/sync` socket with that number makes it block. */
  fileno(): number {
    // Who has the number may write to it behind this library's back.
    if (words[PUT_OFF_COUNT] !== words[SENT]) native.emptyOutbox();
    this.#descriptor.share();
    return this.#descriptor.fd;
  }

  /** Whether child processes inherit the descriptor: `fcntl(fd, F_GETFD)`. By default they do not.
   * See fcntl(2).
   * @throws {SocketError} EBADF. */
  getInheritable(): boolean {
    return ok(native.getInheritable(this.#descriptor.fd), "fcntl") === 1;
  }

  /** Sets whether child processes inherit the descriptor: `ioctl(fd, FIONCLEX)` or `FIOCLEX`, which
   * clear and set what fcntl(2) calls FD_CLOEXEC. See ioctl(2).
   * @throws {SocketError} EBADF. */
  setInheritable(flag: boolean): void {
    const on = check.flag("setInheritable", flag);
    ok(native.setInheritable(this.#descriptor.fd, on), "ioctl");
  }

  /** What console.log shows, as Python's repr: one line, with the addresses that there are.
   * @hidden */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { fd, family, type, proto } = this.#descriptor;
    const shown: Record<string, unknown> = { fd, family, type, proto };
    if (native.getsockname(fd) >= 0) shown.laddr = decodeShared(proto);
    if (native.getpeername(fd) >= 0) shown.raddr = decodeShared(proto);
    return `Socket ${inspect(shown, { ...options, breakLength: Number.POSITIVE_INFINITY })}`;
  }

  /** `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
