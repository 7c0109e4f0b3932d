/** How a look-up is made: in place, or off the event loop. */
import { forgetAbort, reasonOf, tellAbort, throwIfAborted } from "../abort.js";
import type { Answer } from "../native.js";
import type { Steps } from "../socket/face.js";

/** Hears of the answer, or of what kept it from being asked for. */
export type Done = (answer: Answer, failure?: unknown) => void;
/** Starts a look-up; with `null` it is made in place, and its answer given. */
export type Ask = (done: Done | null) => Answer;
/** Makes of its answer what the caller gets, or throws. */
export type Read<T> = (answer: Answer) => T;
/** Makes a look-up within steps, as the face does it. */
export type LookUp = <T>(ask: Ask, read: Read<T>) => Steps<T>;

/** For an answer that nobody but this process was asked for, and no thread has to be waited for. */
export function tellNow(answer: Answer, done: Done | null): Answer {
  done?.(answer);
  return answer;
}

/** libuv's number of threads, without UV_THREADPOOL_SIZE. */
const THREADS = 4;

/** How many look-ups the thread pool has at a time: half of its threads, as libuv has it for node:dns. The others are for what
 *  takes no server's answer. */
function placesOnPool(): number {
  const set = process.env.UV_THREADPOOL_SIZE;
  const threads = set === undefined ? THREADS : Number.parseInt(set, 10) || 1; // as libuv: no number is one thread
  return Math.max(Math.ceil(threads / 2), 1);
}

/** 0 before the first look-up. */
let places = 0;
let underWay = 0;
/** Those that begin when others are over. */
const behind = new Map<Done, Ask>();

function begin(ask: Ask, done: Done): void {
  ask((answer) => {
    underWay--;
    done(answer); // before the next: the errno is that of the last answer
    beginNext();
  });
  underWay++;
}

function beginNext(): void {
  for (const [done, ask] of behind) {
    behind.delete(done);
    try {
      begin(ask, done);
      return;
    } catch (error) {
      done(0, error);
    }
  }
}

/** Has libuv's pool make a look-up; with `null` it is made in place. Nobody can take back what the pool has, and the end of a
 *  worker, and of the process, waits for all of it. */
export function onPool(done: Done | null, ask: Ask): Answer {
  if (done === null) return ask(null);
  places ||= placesOnPool();
  if (underWay < places) begin(ask, done);
  else behind.set(done, ask);
  return 0;
}

/** In place: blocks the thread. */
export function lookUpNow<T>(ask: Ask, read: Read<T>): T {
  return read(ask(null));
}

/** Off the event loop. A look-up that has begun cannot be stopped; where it is aborted, it goes on unheard. `onQueued` gets
 *  what takes one that has not begun out of the queue: nobody waits for it any more. */
export function lookUpLater<T>(
  ask: Ask,
  read: Read<T>,
  signal: AbortSignal | null,
  onQueued?: (drop: () => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal);
    const abortable = {
      onAbort: () => {
        behind.delete(told);
        reject(reasonOf(signal as AbortSignal));
      },
    };
    if (signal !== null) tellAbort(signal, abortable);
    const told: Done = (answer, failure) => {
      if (signal !== null) forgetAbort(signal, abortable);
      try {
        if (failure !== undefined) throw failure;
        resolve(read(answer));
      } catch (error) {
        reject(error);
      }
    };
    onQueued?.(() => {
      if (behind.delete(told) && signal !== null) forgetAbort(signal, abortable);
    });
    try {
      ask(told);
    } catch (error) {
      told(0, error);
    }
  });
}
