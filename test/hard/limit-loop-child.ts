/** Runs under a low limit of descriptors; limit.test.ts starts it. Loops over listeners that begin when no
 * descriptor is left for the poller. */
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createConnection, createServer, type Socket } from "berkeley";

const warnings: string[] = [];
process.on("warning", ({ message }) => warnings.push(message));
const listener = createServer(["127.0.0.1", 0]);
const closed = createServer(["127.0.0.1", 0]);
const files: number[] = [];
try {
  for (;;) files.push(openSync("/dev/null", "r"));
} catch {
  // No more are left.
}

async function serve(from: Socket): Promise<string> {
  for await (const [connection] of from) {
    await connection.sendall("hello");
    connection.close();
  }
  return "ended";
}

const serving = serve(listener);
const nobody = serve(closed);
await delay(20);
closed.close();
const whileNone = await nobody;
for (const file of files) closeSync(file);
const client = await createConnection(listener.getsockname());
const got = String(await client.recv(5));
client.close();
listener.close();
process.send?.({ whileNone, got, atEnd: await serving, warnings });
process.disconnect();
