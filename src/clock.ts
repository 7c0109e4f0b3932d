/** Node's own clock, timers and microtasks, as they are when this is loaded. A program's tests may later put
 * others in their place, whose time stands still until they say so: a wait goes on regardless, as those of
 * node:net do. */
import * as timers from "node:timers";

export const { clearTimeout, setImmediate, setTimeout } = timers;
export const { queueMicrotask } = globalThis;
export const now: () => number = performance.now.bind(performance);
