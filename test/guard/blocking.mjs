// blocking.mjs ROUNDS: a message a round between two ends of a pair that have a timeout, with blocking calls.
import { socketpair } from "berkeley/sync";

const rounds = Number(process.argv[2]);
const [sender, receiver] = socketpair();
for (const sock of [sender, receiver]) sock.settimeout(60);
for (let round = 0; round < rounds; round++) {
  sender.sendall("message");
  receiver.recv(64);
}
