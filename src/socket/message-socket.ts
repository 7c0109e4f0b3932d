/** The socket's calls of messages and files, as both faces have them. */
import type { FileHandle } from "node:fs/promises";
import type { AddressInput, AddressOf, Family } from "../address/types.js";
import type { Data } from "../check.js";
import type { AncillaryInput, AncillaryMessage } from "../control/wire.js";
import { Afalg, type AfalgParameters, SENDMSG_AFALG } from "./calls/afalg.js";
import { RECVMSG, RECVMSG_INTO, SENDMSG } from "./calls/message.js";
import { RECVMMSG, RECVMMSG_INTO } from "./calls/recvmmsg.js";
import { SENDFILE } from "./calls/sendfile.js";
import { SENDMMSG } from "./calls/sendmmsg.js";
import { runCall, SocketCore } from "./core.js";
import type { ReceivedDatagram, Transmit } from "./datagram.js";
import type { Mode, Rest, W } from "./face.js";

/** What `recvmsg` returns. */
export type ReceivedMessage<D, F extends Family> = [
  data: D,
  ancdata: AncillaryMessage[],
  msgFlags: number,
  address: AddressOf<F> | null,
];

export abstract class MessageSocket<out F extends Family, M extends Mode> extends SocketCore<F, M> {
  /** `recvmsg(fd, msg, flags)`: at most `bufsize` bytes, and control messages of at most
   * `ancbufsize` bytes (0 by default; see `CMSG_SPACE`), which `decodeControl` reads. `MSG_CTRUNC` in
   * the returned flags says that the control messages were cut short. Descriptors in them
   * (`SCM_RIGHTS`) are close-on-exec, and yours to close, even those of a message that was cut short.
   * With `MSG_ERRQUEUE` it waits for an error. See recvmsg(2), cmsg(3).
   * @throws {SocketError} as `recv`; EMSGSIZE. @throws {TimeoutError} after the timeout. */
  recvmsg(
    bufsize: number,
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedMessage<Buffer<ArrayBuffer>, F>>;
  recvmsg(bufsize: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    return runCall(this, RECVMSG, bufsize, b, c, d);
  }

  /** As `recvmsg`, into `buffers`, which are filled in order (at most 1,024 of them). Returns the
   * number of bytes instead of data. See recvmsg(2).
   * @throws {SocketError} as `recvmsg`; EMSGSIZE (too many buffers). */
  recvmsgInto(
    buffers: readonly (Uint8Array | ArrayBuffer | DataView)[],
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedMessage<number, F>>;
  recvmsgInto(buffers: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    return runCall(this, RECVMSG_INTO, buffers, b, c, d);
  }

  /** `sendmsg(fd, msg, flags)`: sends the buffers (at most 1,024) as one message, with control
   * messages, which `encodeControl` makes. Returns how many bytes were taken, which on a stream may be
   * fewer than given. Descriptors that are sent must stay open until the call is done. See sendmsg(2),
   * cmsg(3). @throws {SocketError} as `send`; EMSGSIZE (too many buffers, too long a datagram),
   * EINVAL (a control message that the socket does not take), ENOBUFS (control messages too long).
   * @throws {GaiError} the host is not found. @throws {TimeoutError} after the timeout. */
  sendmsg(
    buffers: readonly Data[],
    ...rest: Rest<
      M,
      [ancdata?: readonly AncillaryInput[] | null, flags?: number, address?: AddressInput<F> | null]
    >
  ): W<M, number>;
  sendmsg(buffers: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown): unknown {
    return runCall(this, SENDMSG, buffers, b, c, d, e);
  }

  /** `recvmmsg(fd, msgs, maxMessages, MSG_WAITFORONE)`: waits for one datagram, and takes with it
   * those that are there already: at most `maxMessages`, at most 64, and no more than fit into 4 MiB
   * at `bufsize`, or at `ancbufsize`, bytes each. A longer datagram is cut short (`MSG_TRUNC`).
   * `ancbufsize` is the room for the control messages of each: by default 256 bytes, and 0 for
   * `AF_UNIX`, whose control messages may hold descriptors. Each Buffer is a slice of memory that
   * others share. See recvmmsg(2), udp(7).
   * @throws {SocketError} as `recvmsg`; ENOSYS (see `has.recvmmsg`).
   * @throws {TimeoutError} after the socket's timeout. */
  recvmmsg(
    maxMessages: number,
    bufsize: number,
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedDatagram<F, ArrayBuffer>[]>;
  recvmmsg(a: unknown, b: unknown, c?: unknown, d?: unknown, e?: unknown): unknown {
    return runCall(this, RECVMMSG, a, b, c, d, e);
  }

  /** As `recvmmsg`, into `buffer`: as many datagrams as it has room for at `bufsize` bytes each
   * (rounded up to a multiple of 8), at most 64, and no more than fit into 4 MiB at `ancbufsize` bytes
   * each. Their data are parts of `buffer`, each at the start of its place: no memory is allocated, and
   * the next call overwrites them. See recvmmsg(2).
   * @throws {SocketError} as `recvmmsg`. @throws {TimeoutError} after the socket's timeout. */
  recvmmsgInto(
    buffer: Uint8Array | ArrayBuffer | DataView,
    bufsize: number,
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedDatagram<F>[]>;
  recvmmsgInto(a: unknown, b: unknown, c?: unknown, d?: unknown, e?: unknown): unknown {
    return runCall(this, RECVMMSG_INTO, a, b, c, d, e);
  }

  /** `sendmmsg(fd, msgs, count, flags)`, 64 datagrams per system call: plain data goes to the socket's
   * own peer, `{ contents, destination, … }` to its destination. Returns how many were sent. These are
   * fewer than given if the socket does not wait, the call was aborted or timed out, or the next one
   * failed; the next call then has that error. On a stream, such an end within a message is a failure,
   * since no count would say what was sent: the error has the bytes of all as `bytesSent`. So has the
   * error of a socket that is closed meanwhile. See sendmmsg(2), udp(7).
   * @throws {SocketError} as `sendmsg`, if none was sent; EINVAL (`segmentSize` on a kernel
   * without it, see `has.UDP_SEGMENT`, or more than 64 segments), EIO (a network card that cannot).
   * @throws {TimeoutError} after the socket's timeout, if none was sent. */
  sendmmsg(
    messages: readonly (Transmit<F> | Data)[],
    ...rest: Rest<M, [flags?: number]>
  ): W<M, number>;
  sendmmsg(messages: unknown, flags?: unknown, options?: unknown): unknown {
    return runCall(this, SENDMMSG, messages, flags, options);
  }

  /** `sendfile(fd, file, offset, count)`, as often as it takes: sends the file from byte `offset` (0
   * by default) to its end, or `count` bytes, without copying it into this process. Returns the number
   * of bytes sent, fewer than `count` if the file ends before. The file's own position does not change.
   * If it fails, its error has the number of bytes sent as `bytesSent`. See sendfile(2).
   * @throws {TypeError} the file is a pipe, a directory, …; the socket is a datagram socket.
   * @throws {SocketError} as `send`; EBADF (either is closed), EIO.
   * @throws {TimeoutError} there was no room for as long as the socket's timeout. */
  sendfile(
    file: number | FileHandle,
    ...rest: Rest<M, [offset?: number, count?: number | null]>
  ): W<M, number>;
  sendfile(file: unknown, offset?: unknown, count?: unknown, options?: unknown): unknown {
    return runCall(this, SENDFILE, file, offset, count, options);
  }

  /** `sendmsg(fd, msg, flags)` to an `AF_ALG` socket that `accept` returned: `parameters`, which say
   * what to do with the data, are sent as control messages. See sendmsg(2), and the kernel's
   * crypto/userspace-if.
   * @throws {SocketError} as `sendmsg`. @throws {TimeoutError} after the socket's timeout. */
  sendmsgAfalg(
    buffers: readonly Data[],
    parameters: AfalgParameters,
    ...rest: Rest<M>
  ): W<M, number>;
  sendmsgAfalg(buffers: unknown, parameters: unknown, options?: unknown): unknown {
    return runCall(this, SENDMSG_AFALG, buffers, new Afalg(parameters), options);
  }
}
