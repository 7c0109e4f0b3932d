/** RDS refuses flags that it does not know: each way of sending has to do without MSG_NOSIGNAL. */
import assert from "node:assert/strict";
import test from "node:test";
import { AF_RDS, SOCK_SEQPACKET } from "berkeley";
import { socket } from "berkeley/sync";
import { lacks } from "./kinds.js";

test("RDS: sendto, send and sendmsg each send a message", {
  skip: lacks("AF_RDS", AF_RDS, SOCK_SEQPACKET, 0, ["127.0.0.1", 0]),
}, () => {
  using receiver = socket(AF_RDS, SOCK_SEQPACKET);
  receiver.bind(["127.0.0.1", 0]);
  receiver.settimeout(60);
  using sender = socket(AF_RDS, SOCK_SEQPACKET);
  sender.bind(["127.0.0.1", 0]);
  const to = receiver.getsockname();
  sender.sendto("sendto", to);
  sender.sendmsg([Buffer.from("send"), Buffer.from("msg")], [], 0, to);
  sender.connect(to);
  sender.send("send");
  for (const sent of ["sendto", "sendmsg", "send"]) {
    const [data, from] = receiver.recvfrom(100);
    assert.deepEqual([String(data), from], [sent, sender.getsockname()]);
  }
});
