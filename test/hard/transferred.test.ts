/** Memory that a program gives away while the library still knows of it. */
import assert from "node:assert/strict";
import test from "node:test";
import { AF_INET, SOCK_DGRAM, socket } from "berkeley";
import { connected } from "../support/connected.js";
import { transfer } from "../support/memory.js";
import { collect, noCollector, turns } from "../support/process.js";

/** Transfers what `data` is a slice of, where the runtime lets it, and has the memory freed. */
async function giveAway(data: Buffer): Promise<void> {
  transfer(data.buffer as ArrayBuffer);
  for (let round = 0; round < 3; round++) {
    collect?.();
    await turns(1);
  }
}

test("the memory of a small read that is transferred is not written to any more", {
  skip: noCollector,
}, async () => {
  const [client, connection] = await connected();
  await client.sendall("one");
  await giveAway(await connection.recv(100));
  await client.sendall("two"); // is there when recv is called
  assert.equal(String(await connection.recv(100)), "two");

  await client.sendall("three");
  await giveAway(await connection.recv(100));
  const waiting = connection.recv(100); // is read by the poller
  await turns(1);
  await client.sendall("four");
  assert.equal(String(await waiting), "four");

  await client.sendall("five");
  await giveAway(await connection.recv(100));
  await client.sendall("six");
  const [data] = await connection.recvmsg(100);
  assert.equal(String(data), "six");
  client.close();
  connection.close();
});

test("the memory of a batch that is transferred is not written to any more", {
  skip: noCollector,
}, async () => {
  const receiver = socket(AF_INET, SOCK_DGRAM);
  receiver.bind(["127.0.0.1", 0]);
  const sender = socket(AF_INET, SOCK_DGRAM);
  await sender.connect(receiver.getsockname());
  for (const bufsize of [100, 0, 100]) {
    await sender.send("x");
    const [datagram] = await receiver.recvmmsg(1, bufsize);
    assert.ok(datagram);
    assert.equal(String(datagram.data), "x".slice(0, bufsize));
    await giveAway(datagram.data);
  }
  sender.close();
  receiver.close();
});
