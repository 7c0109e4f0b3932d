// blocking.mjs ROUNDS: one message per round, by blocking calls, between two ends of a pair that have a
// timeout.
import { socketpair } from "berkeley/sync";

const rounds = Number(process.argv[2]);
const [sender, receiver] = socketpair();
for (const sock of [sender, receiver]) sock.settimeout(60);
for (let round = 0; round < rounds; round++) {
  sender.sendall("message");
  receiver.recv(64);
}
