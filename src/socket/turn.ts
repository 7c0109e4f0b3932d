/** Fairness to the event loop. A call that completes at once gives an answered Promise, and a
 * program may go on so without end while timers and other sockets starve; so a turn of the loop
 * has a budget, and a call over it waits for the next turn. */
import { setImmediate } from "../clock.js";

/** A call counts as much as 4 KiB that it moves: the budget is about 1,000 small calls, or 4 MiB, each a
 *  millisecond or two. */
const CALL_COST = 4096;
const TURN_BUDGET = 1024 * CALL_COST;
/** What a send costs whose bytes went with another's call: the part that JavaScript has in it. */
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

/** Notes that the poller has read so many bytes, which is the lesser part of what a call costs. */
export function spendBytes(count: number): void {
  left -= count;
}

/** Notes that a call is done that gave `rc`, bytes or a (small) negative errno. */
export function spend(rc: number): void {
  left -= CALL_COST + rc; // V8 compiles this into each caller: a call that is made for it costs more
}

/** Notes that `count` bytes were sent by the call that was noted of those before them. */
export function spendJoined(count: number): void {
  left -= JOINED_COST + count;
}

/** Whether there is room for no more than what is under way. */
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

/** Tells of a call that was made over the budget in the loop's next turn, before any that is made there. */
export function answerNextTurn(tell: () => void): void {
  if (answers.push(tell) === 1) nextTurn(() => {});
}
