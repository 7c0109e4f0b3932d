/** MPTCP and UDP-Lite: other protocols under the addresses of the Internet. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_INET,
  IPPROTO_MPTCP,
  IPPROTO_UDPLITE,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
  UDPLITE_RECV_CSCOV,
  UDPLITE_SEND_CSCOV,
} from "berkeley";
import { lacks } from "./support.js";

test("MPTCP: a stream of any size arrives, read in pieces", {
  skip: lacks("MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
}, async () => {
  using listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
  listener.bind(["127.0.0.1", 0]);
  listener.listen();
  using client = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
  await client.connect(listener.getsockname());
  const [server, address] = await listener.accept();
  assert.deepEqual([server.proto, address], [IPPROTO_MPTCP, client.getsockname()]);
  const data = Buffer.alloc(2_000_000, "0123456789");
  const sending = client.sendall(data).then(() => client.close());
  const parts: Buffer[] = [];
  for (;;) {
    const part = await server.recv(10_000);
    if (part.length === 0) break;
    parts.push(part);
  }
  await sending;
  assert.ok(Buffer.concat(parts).equals(data));
  server.close();
});

test("UDP-Lite: a datagram of which the checksum covers a part", {
  skip: lacks("UDP-Lite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
}, async () => {
  using receiver = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  receiver.bind(["127.0.0.1", 0]);
  receiver.setsockopt(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 8);
  using sender = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  sender.bind(["127.0.0.1", 0]);
  sender.setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 8);
  assert.equal(sender.getsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV), 8);
  await sender.sendto("partly covered", receiver.getsockname());
  const [data, from] = await receiver.recvfrom(100);
  assert.deepEqual([String(data), from], ["partly covered", sender.getsockname()]);
});
