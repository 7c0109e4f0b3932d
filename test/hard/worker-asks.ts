/** A peer on a thread of its own: sends 1 to 8 numbered datagrams at a time, and waits for as many answers; messages.test.ts
 * starts it. */
import { workerData } from "node:worker_threads";
import { AF_INET, SOCK_DGRAM, socket } from "berkeley/sync";

const MOST = 8;
const { port, size, rounds } = workerData as { port: number; size: number; rounds: number };
const client = socket(AF_INET, SOCK_DGRAM);
client.connect(["127.0.0.1", port]);
client.settimeout(10);
let number = 0;
for (let round = 0; round < rounds; round++) {
  const count = 1 + (round % MOST);
  for (let i = 0; i < count; i++) {
    const message = Buffer.alloc(size, number % 251);
    message.writeUInt32LE(number++);
    client.send(message);
  }
  for (let i = 0; i < count; i++) client.recv(1);
}
client.close();
