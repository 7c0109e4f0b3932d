/** Fairness to the event loop. A call that completes at once returns a Promise that is resolved already, and
 * a program could go on like that for ever while timers and other sockets starve. So each turn of the loop
 * has a budget, and a call over it waits for the next turn. */
import { setImmediate } from "../clock.js";

/** A call by itself counts as much as 4 KiB moved. The budget is about 1,000 small calls, or 4 MiB: either
 *  takes a millisecond or two. */
const CALL_COST = 4096;
const TURN_BUDGET = 1024 * CALL_COST;
/** The cost of a send whose bytes went with the call of another: JavaScript's share. */
const JOINED_COST = CALL_COST / 4;

let left = TURN_BUDGET;
let queue: (() => void)[] = [];
let answers: (() => void)[] = [];

/** A new turn of the loop has begun. */
export function beginTurn(): void {
  left = TURN_BUDGET;
  if (answers.length > 0) answer();
}

function answer(): void {
  const now = answers;
  answers = [];
  for (const tell of now) tell();
}

/** Notes that a call did the work of `more` others, too. */
export function spendMore(more: number): void {
  left -= more * CALL_COST;
}

/** Notes that the poller has read `count` bytes. That is the smaller part of a call's cost, so no call is
 *  counted. */
export function spendBytes(count: number): void {
  left -= count;
}

/** Notes that a call is done and gave `rc`: bytes, or a (small) negative errno. */
export function spend(rc: number): void {
  left -= CALL_COST + rc; // V8 inlines this: to call a function would cost more
}

/** Notes that `count` more bytes went with a call that has been counted already. */
export function spendJoined(count: number): void {
  left -= JOINED_COST + count;
}

/** Whether the budget is nearly spent: it allows for little more than what is under way. */
export function isNearlyOver(): boolean {
  return left < TURN_BUDGET / 4;
}

export function mustYield(): boolean {
  return left <= 0;
}

function run(): void {
  beginTurn();
  const now = queue;
  queue = [];
  for (const callback of now) callback();
}

/** Runs `callback` in the loop's next turn; keeps the process alive till then. */
export function nextTurn(callback: () => void): void {
  queue.push(callback);
  if (queue.length === 1) setImmediate(run);
}

/** Runs `tell`, which settles a call made over the budget, in the loop's next turn, before any call made there. */
export function answerNextTurn(tell: () => void): void {
  if (answers.push(tell) === 1) nextTurn(() => {});
}
