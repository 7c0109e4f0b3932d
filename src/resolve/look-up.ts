/** How a look-up is made: in place, or off the event loop. */
import { forgetAbort, tellAbort } from "../abort.js";
import type { Answer, Done } from "../native.js";
import type { Steps } from "../socket/face.js";

/** Starts a look-up. */
export type Ask = (done: Done) => Answer;
/** Makes of its answer what the caller gets, or throws. */
export type Read<T> = (answer: Answer) => T;
/** Makes a look-up within steps, as the face does it. */
export type LookUp = <T>(ask: Ask, read: Read<T>) => Steps<T>;

/** For an answer that nobody but this process was asked for, and no thread has to be waited for. */
export function tellNow(answer: Answer, done: Done): Answer {
  done?.(answer);
  return answer;
}

/** libuv's, without UV_THREADPOOL_SIZE. */
const THREADS = 4;
/** As many as the pool has; 0 before the first look-up. */
let threads = 0;
let underWay = 0;
/** Those that begin when others are over. */
const behind: (() => void)[] = [];

/** Has libuv's pool make a look-up; with `null` it is made in place. The pool has one for each of its threads at a time:
 *  nobody can take back what it has, and the end of a worker, and of the process, waits for all of it. */
export function onPool(done: Done, ask: Ask): Answer {
  if (done === null) return ask(null);
  threads ||= Math.max(Number.parseInt(process.env.UV_THREADPOOL_SIZE ?? "", 10) || THREADS, 1);
  const begin = () => {
    ask((answer) => {
      underWay--;
      done(answer); // before the next: the errno is that of the last answer
      behind.shift()?.();
    });
    underWay++;
  };
  if (underWay < threads) begin();
  else behind.push(begin);
  return 0;
}

/** In place: blocks the thread. */
export function lookUpNow<T>(ask: Ask, read: Read<T>): T {
  return read(ask(null));
}

/** Off the event loop. A look-up cannot be stopped; one that is aborted goes on unheard. */
export function lookUpLater<T>(ask: Ask, read: Read<T>, signal: AbortSignal | null): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abortable = { onAbort: () => reject(signal?.reason) };
    if (signal !== null) tellAbort(signal, abortable);
    ask((answer) => {
      if (signal !== null) forgetAbort(signal, abortable);
      try {
        resolve(read(answer));
      } catch (error) {
        reject(error);
      }
    });
  });
}
