/** X.25: accept(2) waits for a connection in spite of O_NONBLOCK, as LLC's does, too. */
import assert from "node:assert/strict";
import test from "node:test";
import { AF_X25, SOCK_SEQPACKET, socket as socketLater } from "berkeley";
import { socket } from "berkeley/sync";
import { lacks } from "./kinds.js";

const skip = lacks("AF_X25", AF_X25, SOCK_SEQPACKET);

test("AF_X25: accept does not hold the event loop", { skip }, async () => {
  using listener = socketLater(AF_X25, SOCK_SEQPACKET);
  await assert.rejects(listener.accept(), { code: "EINVAL" });
  listener.listen();
  const accepting = listener.accept();
  setTimeout(() => listener.close(), 50);
  await assert.rejects(accepting, { code: "EBADF" });
});

test("AF_X25: accept that may not wait does not", { skip }, () => {
  using listener = socket(AF_X25, SOCK_SEQPACKET);
  listener.setblocking(false);
  assert.throws(() => listener.accept(), { code: "EINVAL" });
  listener.listen();
  assert.throws(() => listener.accept(), { code: "EAGAIN" });
});
