/** The face with Promises: a call that would block waits for the poller instead of the thread. */
import * as os from "node:os";
import { Lookup } from "../address/family.js";
import { describeAddress } from "../address/index.js";
import { clearTimeout, setTimeout } from "../clock.js";
import { MSG_DONTWAIT } from "../constants.generated.js";
import { NOT_SENT, PUTS_OFF, TURN_OVER, words } from "../native.js";
import { resolveLater } from "../resolve/host.js";
import { lookUpLater } from "../resolve/look-up.js";
import type { Descriptor } from "./descriptor.js";
import { type Face, type Steps, unmade } from "./face.js";
import { startLimit } from "./limit.js";
import { outbox } from "./outbox.js";
import { poller, watchError } from "./poller.js";
import {
  attemptNow,
  isEager,
  LATER,
  leaveRequest,
  NO_PORT,
  noRoom,
  READ,
  type Request,
  type Resolve,
  reject,
  takeRequest,
  WRITE,
} from "./request.js";
import { runs } from "./runs.js";
import { failure, markError, settle, settleError } from "./settle.js";
import { answerNextTurn, mustYield, spend, spendJoined } from "./turn.js";
import { prepare, splitOptions } from "./wait-options.js";

const { EAGAIN, EBADF } = os.constants.errno;

/** The Promise of every call that is over at once and has no result. */
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

/** The same for a call that may not wait for its turn: over the budget it is made nevertheless, and its
 *  Promise is settled in the loop's next turn. */
function settledInTurn(request: Request, rc: number): Promise<unknown> {
  const outcome = settled(request, rc);
  spend(rc);
  if (!mustYield()) return outcome;
  return new Promise((resolve, reject) => {
    outcome.then(
      (value) => answerNextTurn(() => resolve(value)),
      (error) => answerNextTurn(() => reject(error)),
    );
  });
}

/** The Promise of a call that an error ends before it has been made. */
function rejectMarked(request: Request, error: unknown): Promise<never> {
  markError(request, error);
  return Promise.reject(error);
}

/** Attempts the call at once where it may, and has it wait where it must. */
function launch(request: Request): Promise<unknown> {
  const { descriptor, direction, limit } = request;
  // The signal may have aborted before the call, while its arguments were read, or while a name was looked up.
  if (limit?.isAborted) return rejectMarked(request, limit.reason);
  if (request.asksNothing) return settledInTurn(request, 0);
  const { mayWait } = request;
  if (direction === WRITE && outbox.isOpen()) {
    const promise = mayWait ? putOff(request) : null;
    if (promise !== null) return promise;
    // Whatever becomes of the sends that are put off, this call comes after them.
    if (descriptor.putOff > 0) outbox.empty();
  }
  // That read came first: its caller gets it first.
  if (direction === READ && descriptor.undelivered !== null) runs.deliver(descriptor.undelivered);
  if (!mayWait) {
    // A call that may not wait may not overtake those that do, either.
    return settledInTurn(request, descriptor.hasWaiting(direction) ? -EAGAIN : attemptNow(request));
  }
  const mayTry = descriptor.isReady(direction) || isEager(request);
  if (!mayTry || descriptor.hasWaiting(direction)) return wait(request, mayTry);
  const isOver = mustYield();
  const goesOn = direction === READ && runs.goesOn(descriptor);
  if ((isOver || (words[PUTS_OFF] !== 0 && !goesOn)) && mayPutOffRead(request)) {
    return putOffRead(request, isOver || words[TURN_OVER] !== 0);
  }
  if (isOver) return wait(request, true);
  const rc = descriptor.attempt(request);
  if (rc === -EAGAIN) {
    descriptor.heedEagain(request);
    return wait(request, false);
  }
  if (rc === LATER) return wait(request, true);
  spend(rc);
  return settled(request, rc);
}

/** Puts the call off until the tick's JavaScript has run, to be made with others; null: it has to be made now. */
function putOff(request: Request): Promise<unknown> | null {
  const { call, descriptor } = request;
  if (call.sent === undefined || mustYield()) return null;
  // Either may run the program's own code (of an address's class, or of async_hooks): all checks come after.
  keepPeer(request);
  const promise = promiseOf(request);
  if (!outbox.takes(request)) return null;
  // Checked only now, since `takes` may have made what was put off before, and that may wait by now.
  if (!descriptor.isReady(WRITE) || descriptor.hasWaiting(WRITE)) return null;
  request.timeout = descriptor.timeout;
  return outbox.add(request) ? promise : null;
}

/** Whether the poller can make the call: nothing but the kernel or `close` can end it. */
function isLeftToPoller(request: Request): boolean {
  const { descriptor, direction, limit } = request;
  if (direction !== READ || limit !== null || descriptor.timeout !== null) return false;
  return request.aheadSize > 0;
}

/** Whether the call can be made at the end of the tick. An attempt right now would cost more, and mostly find
 *  nothing. */
function mayPutOffRead(request: Request): boolean {
  const { descriptor } = request;
  // A socket that has never waited is not registered.
  return descriptor.slot >= 0 && descriptor.readError === 0 && isLeftToPoller(request);
}

/** Whether the call, which has to wait, needs no more than what `Descriptor.waitAlone` keeps of it. */
function waitsAlone(request: Request): boolean {
  const { descriptor } = request;
  if (descriptor.hasWaiting(READ) || descriptor.nextSharing !== null) return false;
  if (descriptor.readError !== 0) return false;
  return isLeftToPoller(request);
}

/** Puts a read off to the end of the tick, or (`isTurnOver`) to the loop's next turn. */
function putOffRead(request: Request, isTurnOver: boolean): Promise<unknown> {
  const { descriptor } = request;
  const promise = wait(request, false);
  if (!isTurnOver && poller.putOffRead(descriptor)) return promise;
  if (!poller.leaveRead(descriptor)) descriptor.serveLater(READ);
  return promise;
}

/** The outbox has made a send that was put off, or that waits, and it gave `rc`. */
function onSent(request: Request, rc: number, isJoined: boolean): void {
  const { call } = request;
  const isWaiting = request.next !== null;
  if (rc === -EAGAIN || rc === NOT_SENT) {
    if (!isWaiting) goOn(request);
    else if (rc === -EAGAIN) heedNoRoom(request);
    return;
  }
  if (isJoined && rc >= 0) spendJoined(rc);
  else spend(rc);
  const isOver = rc < 0 || call.sent?.(rc, request) === true;
  if (isWaiting) {
    if (isOver) settle(request, rc);
  } else if (!isOver) {
    goOn(request);
  } else if (rc < 0) {
    reject(request.resolve, failure(request, rc));
  } else {
    request.resolve?.(call.result(rc, request) as never);
    leaveRequest(request);
  }
}

function heedNoRoom(request: Request): void {
  const { descriptor, sockaddr } = request;
  const rc = noRoom(request, sockaddr !== null);
  if (rc === NO_PORT) settle(request, rc);
  else descriptor.heedNotYet(request, rc);
}

/** A send that was put off has not gone whole: it waits as others do. */
function goOn(request: Request): void {
  const { descriptor, direction } = request;
  const rc = descriptor.fd < 0 ? -EBADF : poller.watch(descriptor, direction);
  if (rc < 0) {
    if (rc === -EBADF) settle(request, rc);
    else settleError(request, watchError(rc));
    return;
  }
  const isFirst = !descriptor.hasWaiting(direction);
  descriptor.enqueue(request);
  startLimit(request, request.timeout);
  // The signal may have aborted before it was listened to.
  if (request.limit?.isAborted) request.limit.onAbort();
  // Those behind the first wait for the same as it does.
  if (isFirst) descriptor.retry(direction);
}

/* One executor serves every Promise: there is no need to make a closure for each call. */
let executed: Resolve | null = null;
function execute(resolve: Resolve): void {
  executed = resolve;
}

/** Makes the Promise of `request`. Before its executor runs, the program's async_hooks hear of it, and may
 *  make calls of their own. */
function promiseOf(request: Request): Promise<unknown> {
  const promise = new Promise(execute);
  request.resolve = executed;
  executed = null; // or what it keeps would never be collected
  return promise;
}

/** Keeps as text the peer that errors are to name. While the call waits the caller may write to the address,
 *  or give its memory away; and when an error comes no code of the program's (its own toString, say) is to
 *  run. */
function keepPeer(request: Request): void {
  const { peer, where, descriptor } = request;
  if (peer === undefined || where !== null) return;
  const { address, port } = describeAddress(descriptor.family, peer);
  request.where = {
    address: address === undefined ? undefined : String(address),
    port: port === undefined ? undefined : Number(port),
  };
}

/** Has `onClose` called if the number is closed, for a call that waits for something other than the kernel,
 *  until the function that this returns is called. */
function waitElsewhere(descriptor: Descriptor, onClose: () => void): () => void {
  descriptor.closing ??= new Set();
  const { closing } = descriptor;
  closing.add(onClose);
  const end = poller.waitElsewhere(descriptor);
  return () => {
    closing.delete(onClose);
    if (closing.size === 0) end();
  };
}

/** Makes the call again after a pause, for which nothing of the kernel's is needed. */
async function launchAgain(request: Request): Promise<unknown> {
  const { call, descriptor, backoffMs } = request;
  let end = () => {};
  let timer: NodeJS.Timeout | undefined;
  const isClosed = await new Promise<boolean>((resolve) => {
    end = waitElsewhere(descriptor, () => resolve(true));
    timer = setTimeout(resolve, backoffMs, false);
  });
  clearTimeout(timer);
  end();
  if (isClosed && call.closed !== undefined) return call.closed();
  return isClosed ? settled(request, -EBADF) : launch(request);
}

/** The poller has refused the descriptor (`rc`), so the call cannot wait: what it has in hand is its result. */
function unwatched(request: Request, rc: number): Promise<unknown> {
  const { call, descriptor, direction } = request;
  if (call.outlives?.(rc, request) === true) return launchAgain(request);
  descriptor.setReady(direction); // no event would do it
  const inHand = call.partial?.(request) ?? 0;
  if (inHand > 0) return settled(request, inHand);
  if (call.failed !== undefined) return settled(request, rc);
  return rejectMarked(request, watchError(rc));
}

/** Puts the call behind those that wait already. `isReady`: it waits for its turn, not for the kernel. */
function wait(request: Request, isReady: boolean): Promise<unknown> {
  const { descriptor } = request;
  keepPeer(request);
  const promise = promiseOf(request); // before `watch`, since async_hooks may close the socket
  const rc = poller.watch(descriptor, request.direction);
  if (rc === -EBADF) return settledInTurn(request, rc);
  if (rc < 0) return unwatched(request, rc);
  if (!isReady && waitsAlone(request)) {
    descriptor.waitAlone(request);
    leaveRequest(request);
    return promise;
  }
  const isFirst = !descriptor.hasWaiting(request.direction);
  descriptor.enqueue(request);
  startLimit(request, descriptor.timeout);
  if (isReady && isFirst) {
    descriptor.setReady(request.direction);
    descriptor.postpone(request);
  }
  return promise;
}

/** Makes a call when its turn has come: either the name of its own peer is looked up first, off the event
 *  loop (`lookup`), or calls before it wait for such a look-up (null). Closing the socket ends this wait,
 *  too; the result of a look-up that has begun is then dropped. */
async function launchInTurn(request: Request, lookup: Lookup | null): Promise<unknown> {
  const { descriptor, limit } = request;
  if (limit?.isAborted) return rejectMarked(request, limit.reason);
  keepPeer(request);
  const before = descriptor.inTurn;
  let end = () => {};
  const closed = new Promise<null>((resolve) => {
    end = waitElsewhere(descriptor, () => resolve(null));
  });
  let drop = () => {};
  let onLaunched = () => {};
  const launched = new Promise<void>((resolve) => {
    onLaunched = resolve;
  });
  // Those behind it wait for those before it even if this one ends early.
  const inTurn: Promise<void> = Promise.all([before, launched]).then(() => {
    if (descriptor.inTurn === inTurn) descriptor.inTurn = null;
  });
  descriptor.inTurn = inTurn;
  const over = promiseOf(request);
  // As in Python, a look-up has no timeout.
  if (lookup === null) startLimit(request, descriptor.timeout);
  else limit?.heedSignal();
  try {
    const found =
      lookup === null
        ? request.sockaddr
        : resolveLater(lookup, limit?.signal ?? null, (how) => {
            drop = how;
          });
    const ready = await Promise.race([Promise.all([found, before]), closed, over]).finally(
      () => request.limit?.end(), // it begins anew if the call has to wait for the kernel
    );
    if (ready === null) return settled(request, -EBADF);
    if (!Array.isArray(ready)) return ready;
    [request.address] = ready;
    return launch(request);
  } finally {
    drop();
    onLaunched();
    end();
  }
}

/** Whether the call has to come after others whose peer's name is being looked up. */
function isBehind(request: Request): boolean {
  return request.descriptor.inTurn !== null && request.direction === WRITE && request.mayWait;
}

export const asyncFace: Face = {
  mode: "async",
  defaultTimeout: null,
  nowait: MSG_DONTWAIT,
  nonblock: () => true,
  run(call, descriptor, owner, a, b, c, d, e) {
    const request = takeRequest(call, descriptor, owner);
    try {
      prepare(request, a, b, c, d, e);
      const { address } = request;
      const lookup = address instanceof Lookup ? address : null;
      const isInTurn = lookup !== null || isBehind(request);
      const promise = isInTurn ? launchInTurn(request, lookup) : launch(request);
      return promise as Promise<never>;
    } catch (error) {
      return Promise.reject(error);
    }
  },
  onSent,
  adopt: unmade,
  lookUp: lookUpLater,
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
