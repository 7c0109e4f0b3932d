/** The socket API as calls that block their thread.
 * @module berkeley/sync */
export * from "./common.js";
export * from "./constants.generated.js";
export * from "./resolve/sync.js";
export * from "./socket/sync-socket.js";
