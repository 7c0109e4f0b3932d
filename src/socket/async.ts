/** The face with Promises: a call that would block waits for the poller instead of the thread. */
import * as os from "node:os";
import { signalOf, tellAbort } from "../abort.js";
import { Lookup } from "../address/family.js";
import { MSG_DONTWAIT } from "../constants.generated.js";
import { TimeoutError } from "../errors.js";
import { NOT_SENT, PUT_OFF_MAX, words } from "../native.js";
import { resolveLater } from "../resolve/host.js";
import { lookUpLater } from "../resolve/look-up.js";
import { type Descriptor, failure, settle, settleError, whereOf } from "./descriptor.js";
import { type Face, type Steps, unmade, type WaitOptions } from "./face.js";
import { outbox } from "./outbox.js";
import { poller, watchError } from "./poller.js";
import {
  attemptNow,
  type Call,
  LATER,
  type Limit,
  leaveRequest,
  READ,
  type Request,
  type Resolve,
  reject,
  takeRequest,
  WRITE,
} from "./request.js";
import { mustYield, nextTurn, spend } from "./turn.js";

const { EAGAIN, EBADF, ETIMEDOUT } = os.constants.errno;

/** setTimeout's longest; a longer wait is waited for in parts. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** A plain object is never an address, a flag or data: where it stands last, it is the options. */
function isOptions(value: unknown): value is WaitOptions {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function splitOptions(call: string, args: unknown[]): [unknown[], AbortSignal | null] {
  const at = args.findLastIndex((value) => value !== undefined);
  const last = args[at];
  return isOptions(last) ? [args.slice(0, at), signalOf(call, last)] : [args, null];
}

/** Takes the options from behind the last argument that is given, and prepares the call. */
function prepare(
  request: Request,
  a: unknown,
  b: unknown,
  c: unknown,
  d: unknown,
  e: unknown,
): void {
  const last = e ?? d ?? c ?? b ?? a;
  if (!isOptions(last)) {
    request.call.prepare(request, a, b, c, d, e);
    return;
  }
  const signal = signalOf(request.call.syscall, last);
  if (signal !== null) request.limit = limitOf(signal);
  const less = (value: unknown) => (value === last ? undefined : value);
  request.call.prepare(request, less(a), less(b), less(c), less(d), less(e));
}

function limitOf(signal: AbortSignal | null): Limit {
  return { deadlineMs: Number.POSITIVE_INFINITY, timer: null, signal, onAbort: null };
}

/** The Promise of every call that is over at once and gives nothing. */
const done: Promise<unknown> = Promise.resolve();

/** The Promise of a call that is over already. */
function settled(request: Request, rc: number): Promise<unknown> {
  const outcome = outcomeOf(request, rc);
  leaveRequest(request);
  return outcome;
}

function outcomeOf(request: Request, rc: number): Promise<unknown> {
  const { call } = request;
  if (rc >= 0) {
    const result = call.result(rc, request);
    return result === undefined ? done : Promise.resolve(result);
  }
  if (call.failed !== undefined) return Promise.resolve(call.failed(-rc));
  return Promise.reject(failure(request, rc));
}

/** The same of a call that cannot wait for its turn: it is made over the budget, too, and heard of
 *  in the loop's next turn. */
function settledInTurn(request: Request, rc: number): Promise<unknown> {
  const outcome = settled(request, rc);
  spend(rc);
  if (!mustYield()) return outcome;
  outcome.catch(() => {}); // it has no listener until then
  return new Promise((resolve) => nextTurn(() => resolve(outcome)));
}

/** Tries at once where it may, and waits where it must. */
function launch(request: Request): Promise<unknown> {
  const { call, descriptor, direction, limit } = request;
  // While the arguments were read, or a name was looked up.
  if (limit?.signal?.aborted) return Promise.reject(limit.signal.reason);
  if (request.asksNothing) return settledInTurn(request, 0);
  const isPatient = descriptor.timeout !== 0 && (request.flags & MSG_DONTWAIT) === 0;
  if (direction === WRITE && words[PUT_OFF_MAX] !== 0) {
    const promise = isPatient && limit === null ? putOff(request) : null;
    if (promise !== null) return promise;
    // Whatever those come to, this call comes behind them.
    if (descriptor.putOff > 0) outbox.empty();
  }
  if (!isPatient) {
    // A call that may not wait may not overtake those that do, either.
    return settledInTurn(request, descriptor.hasWaiting(direction) ? -EAGAIN : attemptNow(request));
  }
  const mayTry = descriptor.isReady(direction) || call.eager === true;
  if (!mayTry || descriptor.hasWaiting(direction) || mustYield()) return wait(request, mayTry);
  if (words[PUT_OFF_MAX] !== 0 && mayPutOffRead(request)) return putOffRead(request);
  const rc = descriptor.attempt(request);
  if (rc === -EAGAIN) {
    descriptor.heedEmpty(request);
    return wait(request, false);
  }
  if (rc === LATER) return wait(request, true);
  spend(rc);
  return settled(request, rc);
}

/** Has the call made behind the tick's JavaScript, with others; null: it has to be made now. */
function putOff(request: Request): Promise<unknown> | null {
  const { call, descriptor } = request;
  if (call.sent === undefined || mustYield() || !outbox.takes(request)) return null;
  // Only now: what was put off before may have come to wait.
  if (!descriptor.isReady(WRITE) || descriptor.hasWaiting(WRITE)) return null;
  executing = request;
  const promise = new Promise(execute);
  outbox.add(request);
  return promise;
}

/** Whether the poller can make the call, which nothing but the kernel or `close` ends. */
function isLeftToPoller(request: Request): boolean {
  const { call, descriptor, direction, limit } = request;
  if (direction !== READ || limit !== null || descriptor.timeout !== null) return false;
  return (call.aheadSize?.(request) ?? 0) > 0;
}

/** Whether the call can be made at the end of the tick, which then costs less than an attempt that most often is
 *  in vain. */
function mayPutOffRead(request: Request): boolean {
  const { descriptor } = request;
  // A socket that never waits is never registered.
  return descriptor.slot >= 0 && descriptor.readError === 0 && isLeftToPoller(request);
}

/** Whether the call, which is to wait, needs nothing that `Descriptor.waitAlone` does not keep. */
function waitsAlone(request: Request): boolean {
  const { descriptor } = request;
  if (descriptor.hasWaiting(READ) || descriptor.nextSharing !== null) return false;
  return isLeftToPoller(request);
}

function putOffRead(request: Request): Promise<unknown> {
  const { descriptor } = request;
  const promise = wait(request, false);
  if (!poller.putOffRead(descriptor)) descriptor.serveLater(READ);
  return promise;
}

/** A send that was put off has been made, and gave `rc`. */
function onSent(request: Request, rc: number): void {
  const { call } = request;
  if (rc === -EAGAIN || rc === NOT_SENT) {
    goOn(request);
  } else if (rc < 0) {
    reject(request.resolve, failure(request, rc));
  } else {
    spend(rc);
    if (call.sent?.(rc, request) === true) {
      request.resolve?.(call.result(rc, request) as never);
      leaveRequest(request);
    } else {
      goOn(request);
    }
  }
}

/** A send that was put off has not been made whole: it waits as others do. */
function goOn(request: Request): void {
  const { descriptor, direction } = request;
  const rc = descriptor.fd < 0 ? -EBADF : poller.watch(descriptor, direction);
  if (rc < 0) {
    settle(request, rc);
    return;
  }
  descriptor.enqueue(request);
  if (descriptor.timeout !== null) startLimit(request);
  descriptor.retry(direction);
}

/* One executor for every Promise: a closure a call would be made for nothing. */
let executing: Request | null = null;
function execute(resolve: Resolve): void {
  const request = executing as Request;
  executing = null; // or the last socket that waited would never be collected
  request.resolve = resolve;
}

/** An address is the caller's, who may write to it while the call waits. */
function keepPeer(request: Request): void {
  if (Array.isArray(request.peer)) request.peer = [...request.peer];
}

/** Puts the call behind those that wait. `isReady`: it waits for its turn, not for the kernel. */
function wait(request: Request, isReady: boolean): Promise<unknown> {
  const { descriptor } = request;
  keepPeer(request);
  const rc = poller.watch(descriptor, request.direction);
  if (rc === -EBADF) return settledInTurn(request, rc);
  if (rc < 0) return Promise.reject(watchError(rc, "epoll_ctl"));
  executing = request;
  const promise = new Promise(execute);
  if (!isReady && waitsAlone(request)) {
    descriptor.waitAlone(request);
    leaveRequest(request);
    return promise;
  }
  const isFirst = !descriptor.hasWaiting(request.direction);
  descriptor.enqueue(request);
  if (descriptor.timeout !== null || request.limit !== null) startLimit(request);
  if (isReady && isFirst) {
    descriptor.setReady(request.direction);
    descriptor.postpone(request);
  }
  return promise;
}

/** Starts the clock of the socket's timeout, and listens to the signal. */
function startLimit(request: Request): void {
  request.limit ??= limitOf(null);
  const { limit } = request;
  const { timeout } = request.descriptor;
  if (timeout !== null) {
    limit.deadlineMs = performance.now() + timeout * 1000;
    setTimer(request, limit);
  }
  const { signal } = limit;
  if (signal === null) return;
  limit.onAbort = () => giveUp(request, () => signal.reason);
  tellAbort(signal, limit.onAbort);
}

/** Ends a request before its time: with what it has in hand, or with the error. */
function giveUp(request: Request, error: () => unknown): void {
  const partial = request.call.partial?.(request) ?? 0;
  if (partial > 0) settle(request, partial);
  else settleError(request, error());
  // What it has left may be for those behind it.
  request.descriptor.serveLater(request.direction);
}

function setTimer(request: Request, limit: Limit): void {
  const leftMs = Math.ceil(limit.deadlineMs - performance.now());
  limit.timer = setTimeout(onTimer, Math.min(Math.max(leftMs, 1), TIMER_MAX_MS), request);
}

function onTimer(request: Request): void {
  const { limit } = request;
  if (limit !== null && performance.now() < limit.deadlineMs) setTimer(request, limit);
  else if (request.call.failed !== undefined) settle(request, -EAGAIN);
  else giveUp(request, () => timeoutError(request));
}

/** Shared with the blocking face. */
export function timeoutError(request: Request): TimeoutError {
  const error = new TimeoutError(-ETIMEDOUT, request.call.syscall, whereOf(request));
  request.call.mark?.(error, request);
  return error;
}

/** Resolves the peer's name first, off the loop. Closing the socket ends that wait, too: the
 *  look-up goes on unheard. */
async function launchResolved(request: Request, lookup: Lookup): Promise<unknown> {
  const { descriptor } = request;
  const signal = request.limit?.signal ?? null;
  keepPeer(request);
  let onClose = () => {};
  const closed = new Promise<null>((resolve) => {
    onClose = () => resolve(null);
  });
  descriptor.closing ??= new Set();
  descriptor.closing.add(onClose);
  poller.waitingElsewhere.add(descriptor);
  try {
    const address = await Promise.race([resolveLater(lookup, signal), closed]);
    if (address === null) return settled(request, -EBADF);
    request.address = address;
  } finally {
    descriptor.closing.delete(onClose);
    if (descriptor.closing.size === 0) poller.waitingElsewhere.delete(descriptor);
  }
  return launch(request);
}

export const asyncFace: Face = {
  mode: "async",
  defaultTimeout: null,
  nowait: MSG_DONTWAIT,
  nonblock: () => true,
  run<T>(
    call: Call<T>,
    descriptor: Descriptor,
    owner: object,
    a?: unknown,
    b?: unknown,
    c?: unknown,
    d?: unknown,
    e?: unknown,
  ): Promise<T> {
    const request = takeRequest(call, descriptor, owner);
    try {
      prepare(request, a, b, c, d, e);
      const { address } = request;
      const isNamed = address instanceof Lookup;
      const promise = isNamed ? launchResolved(request, address) : launch(request);
      return promise as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  },
  onSent,
  adopt: unmade,
  lookUp: (ask, read, signal) => lookUpLater(ask, read, signal),
  splitOptions,
  async drive<T>(steps: Steps<T>): Promise<T> {
    let next = steps.next();
    while (next.done !== true) {
      try {
        next = steps.next(await next.value);
      } catch (error) {
        next = steps.throw(error);
      }
    }
    return next.value;
  },
};
