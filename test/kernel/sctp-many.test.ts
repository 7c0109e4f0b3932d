/** SCTP's one-to-many sockets: connect(2) begins one of the socket's associations, and no event says what
 *  came of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as os from "node:os";
import test from "node:test";
import { Worker } from "node:worker_threads";
import { AF_INET, IPPROTO_SCTP, SOCK_SEQPACKET } from "berkeley";
import { faces } from "../support/faces.js";
import { lacks } from "./kinds.js";

const { errno } = os.constants;

const NOBODY = ["127.0.0.1", 1] as const;
const skip = lacks("SCTP, one to many", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, ["127.0.0.1", 0]);

for (const [name, { socket }] of faces) {
  const make = () => socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

  test(`${name}: SCTP, one to many: where nobody listens connect is refused`, {
    skip,
  }, async () => {
    for (const timeout of [null, 60]) {
      using sock = make();
      sock.settimeout(timeout);
      assert.equal(await sock.connectEx(NOBODY), errno.ECONNREFUSED);
      await assert.rejects(async () => sock.connect(NOBODY), { code: "ECONNREFUSED" });
    }
  });

  test(`${name}: SCTP, one to many: one behind those that did not wait is told, too`, {
    skip,
  }, async () => {
    using sock = make();
    sock.settimeout(0);
    assert.equal(await sock.connectEx(NOBODY), errno.EINPROGRESS);
    for (const timeout of [0.4, null]) {
      sock.settimeout(timeout);
      assert.equal(await sock.connectEx(NOBODY), errno.ECONNREFUSED);
    }
  });

  test(`${name}: SCTP, one to many: connect to several peers`, { skip }, async () => {
    using sock = make();
    for (const timeout of [null, 60]) {
      sock.settimeout(timeout);
      using listener = make();
      listener.bind(["127.0.0.1", 0]);
      listener.listen();
      const to = listener.getsockname();
      assert.equal(await sock.connectEx(to), 0);
      assert.equal(await sock.connectEx(to), errno.EISCONN);
      assert.equal(await sock.connectEx(NOBODY), errno.ECONNREFUSED);
      await sock.sendto("hello", to);
      assert.equal(String(await listener.recv(100)), "hello");
    }
  });
}

test("a worker's berkeley/sync: SCTP, one to many: connect is refused", { skip }, async () => {
  const program = `
    import { parentPort } from "node:worker_threads";
    import { socket } from ${JSON.stringify(import.meta.resolve("berkeley/sync"))};
    const sock = socket(${AF_INET}, ${SOCK_SEQPACKET}, ${IPPROTO_SCTP});
    parentPort.postMessage(sock.connectEx(${JSON.stringify(NOBODY)}));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  assert.deepEqual(await once(worker, "message"), [errno.ECONNREFUSED]);
});
