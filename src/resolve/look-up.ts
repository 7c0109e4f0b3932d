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

/** In place: blocks the thread. */
export function lookUpNow<T>(ask: Ask, read: Read<T>): T {
  return read(ask(null));
}

/** On libuv's thread pool. A look-up cannot be stopped; one that is aborted goes on unheard. */
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
