/** The socket API as calls that block their thread. Whatever runs on the event loop waits meanwhile: also, unlike Python's, a
 * signal's handler (`process.on("SIGINT")`). A signal that has none still ends the process.
 * @module berkeley/sync */
export * from "./common.js";
export * from "./constants.generated.js";
export * from "./resolve/sync.js";
export * from "./socket/sync-socket.js";
