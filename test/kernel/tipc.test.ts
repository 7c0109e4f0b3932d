/** TIPC: its ways of naming, which no other family has. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_TIPC,
  SOCK_RDM,
  SOCK_SEQPACKET,
  socket,
  TIPC_ADDR_ID,
  TIPC_ADDR_NAME,
  TIPC_ADDR_NAMESEQ,
  TIPC_CLUSTER_SCOPE,
} from "berkeley";
import { lacks } from "./kinds.js";

const SERVICE = 19000;
const skip = lacks("AF_TIPC", AF_TIPC, SOCK_RDM);

test("TIPC: a reliable datagram to a range reaches every member, and names its sender", {
  skip,
}, async () => {
  using low = socket(AF_TIPC, SOCK_RDM);
  using high = socket(AF_TIPC, SOCK_RDM);
  using sender = socket(AF_TIPC, SOCK_RDM);
  low.bind([TIPC_ADDR_NAMESEQ, SERVICE, 0, 9]);
  high.bind([TIPC_ADDR_NAMESEQ, SERVICE, 10, 19]);
  await sender.sendto("all", [TIPC_ADDR_NAMESEQ, SERVICE, 0, 19]);
  const [, node, port] = sender.getsockname();
  for (const member of [low, high]) {
    const [data, from] = await member.recvfrom(100);
    assert.equal(String(data), "all");
    assert.deepEqual(from?.slice(0, 4), [TIPC_ADDR_ID, node, port, 0]);
  }
  await sender.sendto("one", [TIPC_ADDR_NAME, SERVICE, 12, 0]);
  assert.equal(String(await high.recv(100)), "one");
});

test("TIPC: a negative scope withdraws a name, and then nobody is reached", { skip }, async () => {
  using server = socket(AF_TIPC, SOCK_SEQPACKET);
  server.bind([TIPC_ADDR_NAMESEQ, SERVICE, 30, 30, TIPC_CLUSTER_SCOPE]);
  server.listen();
  server.bind([TIPC_ADDR_NAMESEQ, SERVICE, 30, 30, -TIPC_CLUSTER_SCOPE]);
  using client = socket(AF_TIPC, SOCK_SEQPACKET);
  await assert.rejects(client.connect([TIPC_ADDR_NAME, SERVICE, 30, 0]), {
    name: "SocketError",
    syscall: "connect",
    address: `${TIPC_ADDR_NAME}:${SERVICE}:30:0`,
  });
});
