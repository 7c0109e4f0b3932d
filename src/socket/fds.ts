/** The module functions that pass descriptors, for either face. */
import type { AddressInput, AddressOf, Family } from "../address/types.js";
import type { Data } from "../check.js";
import { RECV_FDS, SEND_FDS } from "./calls/fds.js";
import { runCall } from "./core.js";
import type { Mode, Rest, SocketOf, W } from "./face.js";

/** The functions, by face. */
export interface FdFunctions<M extends Mode> {
  /** `sendmsg(fd, msg, flags)` with `SCM_RIGHTS`: passes descriptors (at most 253) over an
   * `AF_UNIX` socket, with at least one byte of data on a stream. They stay open here; do not close
   * them until the call is done. See unix(7). @throws {SocketError} as `sendmsg`; EBADF, ETOOMANYREFS. */
  sendFds<F extends Family>(
    sock: SocketOf<M, F>,
    buffers: readonly Data[],
    fds: readonly number[],
    ...rest: Rest<M, [flags?: number, address?: AddressInput<F> | null]>
  ): W<M, number>;
  /** `recvmsg(fd, msg, flags)` with room for `maxfds` descriptors. Received descriptors are
   * close-on-exec and yours to close, even when a worker ends; the kernel closes any beyond `maxfds`,
   * and says so with `MSG_CTRUNC`. Credentials (`SO_PASSCRED`) come first and take up that room: to get
   * both, use `recvmsg`. See unix(7). @throws {SocketError} as `recvmsg`. */
  recvFds<F extends Family>(
    sock: SocketOf<M, F>,
    bufsize: number,
    maxfds: number,
    ...rest: Rest<M, [flags?: number]>
  ): W<
    M,
    [data: Buffer<ArrayBuffer>, fds: number[], msgFlags: number, address: AddressOf<F> | null]
  >;
}

/** The same functions for both faces: the socket knows how it waits. If `sock` is not a socket, `fail` ends
 *  the call as the face does. */
export function fdFunctions<M extends Mode>(fail: (error: unknown) => W<M, never>): FdFunctions<M> {
  const run: typeof runCall = (sock, call, a, b, c, d, e) => {
    try {
      return runCall(sock, call, a, b, c, d, e);
    } catch (error) {
      return fail(error);
    }
  };
  const functions = {
    sendFds: (sock: unknown, a: unknown, b: unknown, c?: unknown, d?: unknown, e?: unknown) =>
      run(sock, SEND_FDS, a, b, c, d, e),
    recvFds: (sock: unknown, a: unknown, b: unknown, c?: unknown, d?: unknown) =>
      run(sock, RECV_FDS, a, b, c, d),
  };
  return functions as FdFunctions<M>;
}
