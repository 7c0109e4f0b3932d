/** The blocking face: a call that has to wait holds its thread, as in Python. */
import * as os from "node:os";
import { Lookup } from "../address/family.js";
import { now } from "../clock.js";
import {
  MSG_DONTWAIT,
  SO_COOKIE,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOL_SOCKET,
} from "../constants.generated.js";
import { SocketError } from "../errors.js";
import { native } from "../native.js";
import { timeval } from "../options/structs.js";
import { resolveNow } from "../resolve/host.js";
import { lookUpNow } from "../resolve/look-up.js";
import { type Face, type Steps, unmade } from "./face.js";
import { deadlineOf, timeoutError } from "./limit.js";
import {
  attemptNow,
  ERROR,
  eventsOf,
  LATER,
  leaveRequest,
  type Request,
  takeRequest,
  WRITE,
} from "./request.js";
import { failure } from "./settle.js";

const { EAGAIN, EBADF } = os.constants.errno;

/** A worker waits in slices of this length, and can be ended between two of them. Its descriptors are
 *  non-blocking, since nothing could end a call that blocks. (The main thread ends with its process, so it
 *  makes the one blocking call.) */
const WORKER_WAIT_MS = 100;
const NO_FD = -1;
/** node:worker_threads has this, too, but to import it takes as long as all of `src/socket`. */
const isMainThread = native.isMainThread();
/** How long to sleep if poll(2) reports that the descriptor is ready, and yet the call would wait: another
 *  process was faster, the family has no event for it, or an error is pending that is not in the error queue. */
const NOT_YET_MS = 2;

const cookie = new BigUint64Array(1);
const cookieBytes = new Uint8Array(cookie.buffer);

/** Identifies the socket that has the number now: while this thread waits another may close it, and the
 *  number may go to the next socket. */
function socketOf(fd: number): bigint {
  cookie[0] = 0n; // stays 0 where there is no socket, or the kernel does not say
  native.getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookieBytes);
  return cookie[0];
}

/** Waits until the descriptor is ready, or the deadline has come (0). Waits are rounded up. */
function block(fd: number, events: number, deadlineMs: number): number {
  const isSliced = !isMainThread && fd >= 0;
  const own = isSliced ? socketOf(fd) : 0n;
  for (;;) {
    const leftMs = Math.max(Math.ceil(deadlineMs - now()), 0);
    const sliceMs = isMainThread ? leftMs : Math.min(leftMs, WORKER_WAIT_MS);
    const rc = native.poll(fd, events, Number.isFinite(sliceMs) ? sliceMs : -1);
    if (rc === 0 && leftMs <= sliceMs) return 0;
    if (isSliced && socketOf(fd) !== own) return -EBADF;
    if (rc !== 0) return rc;
  }
}

/** Waits for the time alone. Returns -EBADF if the socket was closed meanwhile, or another negative errno if
 *  poll(2) fails. */
function sleep(fd: number, ms: number, deadlineMs: number): number {
  const own = socketOf(fd);
  const rc = ms > 0 ? block(NO_FD, 0, Math.min(now() + ms, deadlineMs)) : 0;
  if (rc < 0) return rc;
  return socketOf(fd) === own ? 0 : -EBADF;
}

const limitBytes = Buffer.alloc(timeval.size);

/** The kernel's own limit of a blocking call in milliseconds, which gives EAGAIN when it has run out; 0:
 *  there is none. */
function kernelLimitMs({ direction, descriptor }: Request): number {
  const name = direction === WRITE ? SO_SNDTIMEO : SO_RCVTIMEO;
  const rc = native.getsockopt(descriptor.fd, SOL_SOCKET, name, limitBytes);
  return rc === limitBytes.length ? timeval.decode(limitBytes) * 1000 : 0;
}

/** When the kernel's own limit of a call is over, which has given EAGAIN. If the call has held the thread, it
 *  is over now. A call does not hold the thread in a worker, on a socket that somebody else has made
 *  non-blocking, nor for an error; and a signal may have ended it early. In these cases the limit is kept
 *  here. */
function kernelDeadlineMs(request: Request, beganMs: number): number {
  const { call, descriptor, direction } = request;
  const limitMs = kernelLimitMs(request);
  if (limitMs === 0) return Number.POSITIVE_INFINITY;
  if (call.isCutShort?.(request) === true) return beganMs + limitMs;
  const mayHold = isMainThread && direction !== ERROR;
  const hasHeld = mayHold && native.getNonblock(descriptor.fd) === 0;
  return hasHeld ? Number.NEGATIVE_INFINITY : now() + limitMs;
}

/** The timeout, or the kernel's limit, has run out. */
function expire(request: Request): number {
  const { call, descriptor, whole } = request;
  const isKernels = descriptor.timeout === null;
  if (isKernels && call.atLimit !== undefined) return call.atLimit(request);
  if (call.failed !== undefined) return -EAGAIN;
  const partial = call.partial?.(request) ?? 0;
  if (partial > 0) return partial;
  if (isKernels) return whole?.peeked || -EAGAIN;
  throw timeoutError(request);
}

/** poll(2) has failed, as it does where RLIMIT_NOFILE is 0, or where a sandbox refuses it. To go on would be
 *  to try without pause. */
function unwaited(request: Request, rc: number): number {
  const { call } = request;
  if (rc === -EBADF || call.failed !== undefined) return rc;
  const inHand = call.partial?.(request) ?? 0;
  if (inHand > 0) return inHand;
  const error = new SocketError(rc, "poll");
  call.mark?.(error, request);
  throw error;
}

/** Whether the kernel has said that there is nothing to read, or no room, even if no event would tell of it. */
function isRefused({ direction, backoffMs }: Request, rc: number): boolean {
  return rc === -EAGAIN || (direction === WRITE && backoffMs > 0);
}

function complete(request: Request): number {
  const { descriptor, mayWait } = request;
  if (request.asksNothing) return 0;
  const { fd, timeout } = descriptor;
  const isLimited = mayWait && timeout !== null;
  let deadlineMs = isLimited ? now() + timeout * 1000 : Number.POSITIVE_INFINITY;
  const beganMs = request.call.isCutShort === undefined ? 0 : now();
  // How far the call had come when the kernel's own limit last began: it begins anew with each send.
  let limitedAt = -1;
  // On a closed socket there is nothing to wait for: the call itself says so. To send, there is mostly room.
  let mustWait = isLimited && request.direction !== WRITE && fd >= 0;
  for (;;) {
    if (mustWait) {
      const ready = block(fd, eventsOf(request), deadlineMs);
      if (ready === 0) return expire(request);
      if (ready < 0) return unwaited(request, ready);
    }
    if (!mayWait) return attemptNow(request);
    let rc = descriptor.attempt(request);
    // Reported ready, and yet nothing is there: it may be the end.
    if (rc === -EAGAIN && mustWait) rc = descriptor.atEnd(request);
    if (rc !== LATER && rc !== -EAGAIN) return rc;
    if (isLimited) deadlineMs = deadlineOf(request, deadlineMs, timeout);
    const at = request.direction === WRITE ? request.progress : 0;
    if (!isLimited && isRefused(request, rc) && limitedAt !== at) {
      limitedAt = at;
      deadlineMs = kernelDeadlineMs(request, beganMs);
      if (deadlineMs < now()) return expire(request);
    }
    if (rc === LATER || mustWait) {
      if (now() >= deadlineMs) return expire(request);
      const slept = sleep(fd, rc === LATER ? request.backoffMs : NOT_YET_MS, deadlineMs);
      if (slept < 0) return unwaited(request, slept);
    }
    mustWait = rc !== LATER;
  }
}

export const syncFace: Face = {
  mode: "sync",
  defaultTimeout: null,
  nowait: isMainThread ? 0 : MSG_DONTWAIT,
  nonblock: (timeout) => timeout !== null || !isMainThread,
  run(call, descriptor, owner, a, b, c, d, e) {
    const request = takeRequest(call, descriptor, owner);
    call.prepare(request, a, b, c, d, e);
    if (request.address instanceof Lookup) request.address = resolveNow(request.address);
    const rc = complete(request);
    if (rc >= 0) {
      const result = call.result(rc, request);
      leaveRequest(request);
      return result;
    }
    if (call.failed !== undefined) return call.failed(-rc);
    throw failure(request, rc);
  },
  onSent: unmade, // this face puts none off
  adopt: unmade,
  lookUp: lookUpNow,
  splitOptions: (_call, args) => [args, null],
  drive<T>(steps: Steps<T>): T {
    let next = steps.next();
    while (next.done !== true) next = steps.next(next.value);
    return next.value;
  },
};
