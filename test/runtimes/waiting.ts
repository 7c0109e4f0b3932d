/** `berkeley` on a runtime other than Node (scripts/test-runtimes.mjs): what completes at once works,
 * a call that would have to wait says what to do instead, and the process ends as it should. */
import assert from "node:assert/strict";
import { AF_UNIX, socketpair } from "berkeley";

const [ours, theirs] = socketpair(AF_UNIX);
await ours.sendall("ping");
assert.equal((await theirs.recv(16)).toString(), "ping");
await assert.rejects(theirs.recv(16), {
  code: "ENOSYS",
  message: /this runtime has no uv_poll_t to wait with; use berkeley\/sync/,
});
ours.close();
theirs.close();
console.log("as expected");
