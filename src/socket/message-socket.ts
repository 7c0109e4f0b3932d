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

/** What `recvmsg` gives. */
export type ReceivedMessage<D, F extends Family> = [
  data: D,
  ancdata: AncillaryMessage[],
  msgFlags: number,
  address: AddressOf<F> | null,
];

export abstract class MessageSocket<out F extends Family, M extends Mode> extends SocketCore<F, M> {
  /** `recvmsg(fd, msg, flags)`: at most `bufsize` bytes, and control messages of at most
   * `ancbufsize` bytes (0; see `CMSG_SPACE`), which `decodeControl` reads; `MSG_CTRUNC` among the
   * flags that come back says that they were cut short. Descriptors in them (`SCM_RIGHTS`) are
   * close-on-exec, and the caller's to close, also those of a message that was cut short. With
   * `MSG_ERRQUEUE` it waits for an error. See recvmsg(2), cmsg(3).
   * @throws {SocketError} as `recv`; EMSGSIZE. @throws {TimeoutError} after the timeout. */
  recvmsg(
    bufsize: number,
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedMessage<Buffer<ArrayBuffer>, F>>;
  recvmsg(bufsize: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    return runCall(this, RECVMSG, bufsize, b, c, d);
  }

  /** As `recvmsg`, into `buffers`, one behind the other (at most 1,024 of them); gives the count of
   * bytes in place of data. See recvmsg(2).
   * @throws {SocketError} as `recvmsg`; EMSGSIZE (too many buffers). */
  recvmsgInto(
    buffers: readonly (Uint8Array | ArrayBuffer | DataView)[],
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedMessage<number, F>>;
  recvmsgInto(buffers: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    return runCall(this, RECVMSG_INTO, buffers, b, c, d);
  }

  /** `sendmsg(fd, msg, flags)`: the buffers (at most 1,024) as one message, with control messages
   * beside it, which `encodeControl` makes; gives how many bytes were taken, on a stream maybe
   * fewer than given. Descriptors that are sent must stay open until it is done. See sendmsg(2),
   * cmsg(3). @throws {SocketError} as `send`; EMSGSIZE (too many buffers, too long a datagram),
   * EINVAL (a control message that the socket does not take), ENOBUFS (too long ones).
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
   * those that are there already: at most `maxMessages`, at most 64, and no more than fit into 4 MiB at `bufsize`, or at
   * `ancbufsize`, bytes each. A longer datagram is cut short (`MSG_TRUNC`). `ancbufsize` is the room for the control messages
   * of each: 256 bytes if left out, and 0 for `AF_UNIX`, whose control messages may hold descriptors. Each Buffer is a slice of
   * memory that others share.
   * See recvmmsg(2), udp(7).
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
   * (rounded up to a multiple of 8), at most 64, and no more than fit into 4 MiB at `ancbufsize` bytes each. Their data are
   * parts of `buffer`, each at the beginning of its place: no memory is made anew, and the next call writes over them. See recvmmsg(2).
   * @throws {SocketError} as `recvmmsg`. @throws {TimeoutError} after the socket's timeout. */
  recvmmsgInto(
    buffer: Uint8Array | ArrayBuffer | DataView,
    bufsize: number,
    ...rest: Rest<M, [ancbufsize?: number, flags?: number]>
  ): W<M, ReceivedDatagram<F>[]>;
  recvmmsgInto(a: unknown, b: unknown, c?: unknown, d?: unknown, e?: unknown): unknown {
    return runCall(this, RECVMMSG_INTO, a, b, c, d, e);
  }

  /** `sendmmsg(fd, msgs, count, flags)`, 64 datagrams a call: plain data goes to the socket's own peer,
   * `{ contents, destination, … }` where it says. Gives how many were sent: all, but fewer where the
   * socket does not wait, was aborted, ran out of time, or the next one failed, whose error the next
   * call then has. A stream that ends so within a message fails, since no count would say what was sent: its error has `bytesSent`,
   * the bytes of all, and so has that of a socket that is closed meanwhile. See sendmmsg(2), udp(7).
   * @throws {SocketError} as `sendmsg`, where not one was sent; EINVAL (`segmentSize` on a kernel
   * without it, see `has.UDP_SEGMENT`, or more than 64 segments), EIO (a network card that cannot).
   * @throws {TimeoutError} after the socket's timeout, where not one was sent. */
  sendmmsg(
    messages: readonly (Transmit<F> | Data)[],
    ...rest: Rest<M, [flags?: number]>
  ): W<M, number>;
  sendmmsg(messages: unknown, flags?: unknown, options?: unknown): unknown {
    return runCall(this, SENDMMSG, messages, flags, options);
  }

  /** `sendfile(fd, file, offset, count)`, as often as it takes: the file from byte `offset` (0) to
   * its end, or `count` bytes, without passing through this process; gives the bytes sent, fewer
   * than `count` where the file ends before. The file's own position stays where it is. What a
   * failed one had sent is on its error as `bytesSent`. See sendfile(2).
   * @throws {TypeError} the file is a pipe, a directory, …; the socket is of datagrams.
   * @throws {SocketError} as `send`; EBADF (either is closed), EIO.
   * @throws {TimeoutError} when there was no room for as long as the socket's timeout. */
  sendfile(
    file: number | FileHandle,
    ...rest: Rest<M, [offset?: number, count?: number | null]>
  ): W<M, number>;
  sendfile(file: unknown, offset?: unknown, count?: unknown, options?: unknown): unknown {
    return runCall(this, SENDFILE, file, offset, count, options);
  }

  /** `sendmsg(fd, msg, flags)` to an `AF_ALG` socket that `accept` gave: what to do with the data
   * goes as control messages. See sendmsg(2), and the kernel's crypto/userspace-if.
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
