/** What may end a wait before its time: the socket's timeout, and a signal. */
import * as os from "node:os";
import { type Abortable, forgetAbort, isAborted, reasonOf, tellAbort } from "../abort.js";
import { clearTimeout, now, setTimeout } from "../clock.js";
import { TimeoutError } from "../errors.js";
import { native } from "../native.js";
import { eventsOf, type Request } from "./request.js";
import { settle, settleError, whereOf } from "./settle.js";
import { mustYield } from "./turn.js";

const { EAGAIN, ETIMEDOUT } = os.constants.errno;

/** The longest that setTimeout takes. A longer wait has several timers, one after the other. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The deadline of a wait. It moves if the call has made progress and its timeout is for each wait anew
 *  (`movedMs`). */
export function deadlineOf(request: Request, deadlineMs: number, timeoutSec: number): number {
  const movedMs = request.call.movedMs?.(request) ?? Number.NEGATIVE_INFINITY;
  return Math.max(deadlineMs, movedMs + timeoutSec * 1000);
}

/** What may end the wait of one call. */
export class Limit implements Abortable {
  readonly #request: Request;
  readonly signal: AbortSignal | null;
  #timer: NodeJS.Timeout | null = null;
  #deadlineMs = 0;
  #timeoutSec = 0;

  constructor(request: Request, signal: AbortSignal | null) {
    this.#request = request;
    this.signal = signal;
  }

  start(timeout: number | null): void {
    if (timeout !== null) {
      this.#timeoutSec = timeout;
      this.#deadlineMs = now() + timeout * 1000;
      this.#setTimer();
    }
    this.heedSignal();
  }

  /** Heeds the signal. (Called by itself for a wait that has no timeout.) */
  heedSignal(): void {
    if (this.signal !== null) tellAbort(this.signal, this);
  }

  /** The call is over. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.signal !== null) forgetAbort(this.signal, this);
  }

  get isAborted(): boolean {
    return this.signal !== null && isAborted(this.signal);
  }

  /** The reason of a signal that has aborted. */
  get reason(): unknown {
    return reasonOf(this.signal as AbortSignal);
  }

  onAbort(): void {
    giveUp(this.#request, () => this.reason);
  }

  #setTimer(): void {
    const leftMs = Math.ceil(this.#deadlineMs - now());
    this.#timer = setTimeout(onTimer, Math.min(Math.max(leftMs, 1), TIMER_MAX_MS), this);
  }

  #isOver(): boolean {
    this.#deadlineMs = deadlineOf(this.#request, this.#deadlineMs, this.#timeoutSec);
    return now() >= this.#deadlineMs;
  }

  /** Tries once more before the call is given up: what came in time belongs to it, even if the program's own
   *  code held the thread until now. false: that has to wait for the loop's next turn. */
  #tryOnce(): boolean {
    const { descriptor, direction, next } = this.#request;
    if (next === null) return true; // it waits for a look-up
    // poll(2), and no attempt: a send might take a few more bytes where, to one who waits, there is no room yet.
    if (native.poll(descriptor.fd, eventsOf(this.#request), 0) <= 0) return true;
    descriptor.retry(direction);
    return !mustYield();
  }

  onTimer(): void {
    const request = this.#request;
    const isTried = this.#isOver() && this.#tryOnce();
    if (request.resolve === null) return;
    if (!isTried || !this.#isOver()) this.#setTimer();
    else if (request.call.failed !== undefined) settle(request, -EAGAIN);
    else giveUp(request, () => timeoutError(request));
  }
}

/** The call waits from now on, within its limit if it has one; `timeout` is what the socket had when it was
 *  made. */
export function startLimit(request: Request, timeout: number | null): void {
  if (timeout !== null) request.limit ??= new Limit(request, null);
  request.limit?.start(timeout);
}

/* One function for every timer. */
function onTimer(limit: Limit): void {
  limit.onTimer();
}

/** Ends a request before its time: with what it has in hand, or with the error. */
function giveUp(request: Request, error: () => unknown): void {
  const partial = request.call.partial?.(request) ?? 0;
  if (partial > 0) settle(request, partial);
  else settleError(request, error());
  // Data or room that it leaves may be for those behind it.
  request.descriptor.serveLater(request.direction);
}

/** Shared with the blocking face. */
export function timeoutError(request: Request): TimeoutError {
  const error = new TimeoutError(-ETIMEDOUT, request.call.syscall, whereOf(request));
  request.call.mark?.(error, request);
  return error;
}
