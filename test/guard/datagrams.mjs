// datagrams.mjs ORDER ROUNDS: per round 64 datagrams from one socket to another, in batches of 64.
// ORDER is "waiting": recvmmsg is called first and waits for them; "ready": they are there when it is
// called; "single": 64 calls of recv wait for 64 of send; or "to": the same with recvfrom and sendto.
import { AF_INET, SOCK_DGRAM, socket } from "berkeley";

const BATCH = 64;
const BYTES = 64;

const [order, rounds] = [process.argv[2], Number(process.argv[3])];
const receiver = socket(AF_INET, SOCK_DGRAM);
receiver.bind(["127.0.0.1", 0]);
const sender = socket(AF_INET, SOCK_DGRAM);
const address = receiver.getsockname();
await sender.connect(address);
const other = socket(AF_INET, SOCK_DGRAM);
const messages = Array(BATCH).fill(Buffer.alloc(BYTES));

async function single() {
  const waiting = messages.map(() => receiver.recv(BYTES));
  await Promise.all(messages.map((message) => sender.send(message)));
  await Promise.all(waiting);
}

async function to() {
  const waiting = messages.map(() => receiver.recvfrom(BYTES));
  await Promise.all(messages.map((message) => other.sendto(message, address)));
  await Promise.all(waiting);
}

for (let round = 0; round < rounds; round++) {
  if (order === "single" || order === "to") {
    await (order === "to" ? to() : single());
    continue;
  }
  const waiting = order === "waiting" ? receiver.recvmmsg(BATCH, BYTES) : null;
  let sent = 0;
  while (sent < BATCH) sent += await sender.sendmmsg(messages.slice(sent));
  let got = waiting ? (await waiting).length : 0;
  while (got < BATCH) got += (await receiver.recvmmsg(BATCH, BYTES)).length;
}
