/** How a call that waits ends: with its result, with an error, or because its socket is closed. */
import * as os from "node:os";
import { describeAddress } from "../address/index.js";
import { SocketError, type Where } from "../errors.js";
import { NO_PORT, type Request, type Resolve, reject } from "./request.js";

const { EAGAIN, EBADF } = os.constants.errno;

/** Ends the request: nothing will call it back. Returns what resolves its Promise; null if that was used
 *  already, as when the program's own code has closed the socket in the middle of the call. */
export function finish(request: Request): Resolve | null {
  request.descriptor.dequeue(request);
  request.limit?.end();
  const { resolve } = request;
  request.resolve = null;
  return resolve;
}

/** Ends a request that waits with the result of its call. */
export function settle(request: Request, rc: number): void {
  const resolve = finish(request);
  const { call } = request;
  if (rc < 0 && call.failed === undefined) {
    reject(resolve, failure(request, rc));
    return;
  }
  try {
    const value = rc < 0 ? call.failed?.(-rc) : call.result(rc, request);
    resolve?.(value as never);
  } catch (error) {
    reject(resolve, error);
  }
}

/** Ends a request whose socket is closed while it waits. Where the open socket lives on (`isOpen`, as after
 *  `detach`), the bytes that the call has already taken from it are its result: nobody could read them there
 *  any more. */
export function settleClosed(request: Request, isOpen: boolean): void {
  const { closed, partial } = request.call;
  const inHand = isOpen ? (partial?.(request) ?? 0) : 0;
  if (inHand > 0 || closed === undefined) {
    settle(request, inHand > 0 ? inHand : -EBADF);
    return;
  }
  finish(request)?.(closed() as never);
}

/** Ends a request that waits with an error. */
export function settleError(request: Request, error: unknown): void {
  const resolve = finish(request);
  markError(request, error);
  reject(resolve, error);
}

/** Records on an error how far the call had come. It may be any value: the reason of the signal that aborted
 *  the call. */
export function markError(request: Request, error: unknown): void {
  if (typeof error === "object" && error !== null) request.call.mark?.(error, request);
}

/** The peer that a call is about, as its errors name it. */
export function whereOf({ peer, where, descriptor }: Request): Where {
  if (where !== null) return where;
  return peer === undefined ? {} : describeAddress(descriptor.family, peer);
}

/** The error of a call that gave the negative errno `rc`, or NO_PORT. */
export function failure(request: Request, rc: number): SocketError {
  const { call } = request;
  const errno = rc === NO_PORT ? -EAGAIN : rc;
  const error = new SocketError(errno, call.syscall, whereOf(request));
  call.mark?.(error, request);
  return error;
}
