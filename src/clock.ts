/** Node's own clock, timers and microtasks, as they are when this is loaded. A program's tests may put others in their place later,
 * whose time stands still until they say so: a wait goes on without them, as node:net's do. */
import * as timers from "node:timers";

export const { clearTimeout, setImmediate, setTimeout } = timers;
export const { queueMicrotask } = globalThis;
export const now: () => number = performance.now.bind(performance);
