/** Node's own clock, timers and microtasks. A program's tests may put others in their place, whose time stands
 * still until they say so, after this is loaded or (as Jest does with the globals) before. A wait goes on
 * regardless, as those of node:net do. */
import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

export const { clearTimeout, setImmediate, setTimeout } = timers;
export const now: () => number = performance.now.bind(performance);

const settled = (async () => {})();
const { then } = settled;

/** As the global function, and faster, since Node makes a resource of each callback of that one. */
export function queueMicrotask(callback: () => void): void {
  then.call(settled, callback);
}
