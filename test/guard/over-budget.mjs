// over-budget.mjs SENDS ROUNDS: per round so many sends at once on one stream, more than the budget of one
// turn of the loop allows.
import { AF_UNIX, SOCK_STREAM, socketpair } from "berkeley";

const BYTES = 64;

const [sends, rounds] = process.argv.slice(2).map(Number);
const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
const message = Buffer.alloc(BYTES, "x");

async function receive() {
  for (let left = sends * BYTES; left > 0; ) left -= (await far.recv(65536)).length;
}

for (let round = 0; round < rounds; round++) {
  const sending = Array.from({ length: sends }, () => near.sendall(message));
  await Promise.all([...sending, receive()]);
}
