/** The socket API as Promises on the event loop.
 * @module berkeley */
export * from "./common.js";
export * from "./constants.generated.js";
export * from "./resolve/async.js";
export * from "./socket/async-socket.js";
export type { WaitOptions } from "./socket/face.js";
