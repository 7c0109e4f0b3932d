/** What works under a sandbox that allows the system calls that Node itself makes, and refuses their older
 *  forms. */
import assert from "node:assert/strict";
import test from "node:test";
import { outputInjected } from "../support/injected.js";
import { without } from "../support/peers.js";

const program = `
import { createConnection, createServer } from "berkeley";
setTimeout(() => {
  console.log("nobody was told");
  process.exit();
}, 5_000).unref();
const listener = createServer(["127.0.0.1", 0]);
const accepting = listener.accept();
const client = await createConnection(listener.getsockname());
const [connection] = await accepting;
console.log("accepted");
for (const one of [client, connection, listener]) one.close();
`;

/** The third call has to wait, and no event says for how long. */
const waiting = `
import { AF_UNIX, socket } from "berkeley/sync";
const name = "\\0berkeley-sandbox-" + process.pid;
const listener = socket(AF_UNIX);
listener.bind(name);
listener.listen(0);
const connect = (timeout) => {
  const client = socket(AF_UNIX);
  client.settimeout(timeout);
  client.connect(name);
};
try {
  for (;;) connect(0.5);
} catch ({ message }) {
  console.log(message);
}
`;

test("epoll_wait that is refused", { skip: without.strace }, () => {
  assert.equal(outputInjected("?epoll_wait:error=EPERM", program), "accepted");
});

test("poll that is refused, where a call waits for time alone", { skip: without.strace }, () => {
  assert.equal(outputInjected("?poll,?ppoll:error=EPERM", waiting), "poll EPERM");
});
