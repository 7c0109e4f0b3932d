// datagrams.mjs FACE ROUNDS: 64 datagrams a round from one socket to another, a batch of 64 a call.
// FACE is "waiting": recvmmsg is called first and waits for them; or "ready": they are there.
import { AF_INET, SOCK_DGRAM, socket } from "berkeley";

const BATCH = 64;
const BYTES = 64;

const [order, rounds] = [process.argv[2], Number(process.argv[3])];
const receiver = socket(AF_INET, SOCK_DGRAM);
receiver.bind(["127.0.0.1", 0]);
const sender = socket(AF_INET, SOCK_DGRAM);
await sender.connect(receiver.getsockname());
const messages = Array(BATCH).fill(Buffer.alloc(BYTES));

for (let round = 0; round < rounds; round++) {
  const waiting = order === "waiting" ? receiver.recvmmsg(BATCH, BYTES) : null;
  let sent = 0;
  while (sent < BATCH) sent += await sender.sendmmsg(messages.slice(sent));
  let got = waiting ? (await waiting).length : 0;
  while (got < BATCH) got += (await receiver.recvmmsg(BATCH, BYTES)).length;
}
