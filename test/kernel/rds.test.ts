/** RDS refuses flags that it does not know: each way of sending has to do without MSG_NOSIGNAL, and without
 * the flag that sendmmsg(2) sets on its messages. */
import assert from "node:assert/strict";
import test from "node:test";
import { AF_RDS, SOCK_SEQPACKET, socket as socketLater } from "berkeley";
import { socket } from "berkeley/sync";
import { lacks } from "./kinds.js";

const skip = lacks("AF_RDS", AF_RDS, SOCK_SEQPACKET, 0, ["127.0.0.1", 0]);

test("RDS: sendto, send and sendmsg each send a message", { skip }, () => {
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

test("RDS: several messages of one socket are sent at once", { skip }, async () => {
  const bound = () => {
    const sock = socketLater(AF_RDS, SOCK_SEQPACKET);
    sock.bind(["127.0.0.1", 0]);
    return sock;
  };
  const asker = bound();
  const answerers = [1, 2, 3, 4].map(bound);
  const answered = answerers.map(async (sock) => {
    const [data, from] = await sock.recvfrom(100);
    assert.ok(from !== null);
    // After a tick of several events, so they are put off, and made together.
    await Promise.all(["one", "two", "three"].map((text) => sock.sendto(data + text, from)));
  });
  for (const sock of answerers) void asker.sendto("to ", sock.getsockname());
  await Promise.all(answered);
  const got: string[] = [];
  while (got.length < 12) got.push(String(await asker.recv(100)));
  assert.deepEqual(
    got.sort(),
    ["one", "three", "two"].flatMap((text) => Array(4).fill(`to ${text}`)),
  );
  for (const one of [asker, ...answerers]) one.close();
});
