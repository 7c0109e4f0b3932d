/** Runs under a low limit of descriptors; limit.test.ts starts it. */
import assert from "node:assert/strict";
import type { SocketError } from "berkeley";
import { faces } from "../support/faces.js";

for (const [name, { createServer, socket }] of faces) {
  const listener = createServer(["127.0.0.1", 0]);
  const client = socket();
  await client.connect(listener.getsockname());
  const fillers: { close(): void }[] = [];
  assert.throws(
    () => {
      for (;;) fillers.push(socket());
    },
    { code: "EMFILE", syscall: "socket" },
  );
  const { code, syscall } = await (async () => await listener.accept())().then(
    () => assert.fail("accepted"),
    (error: SocketError) => error,
  );
  for (const filler of fillers) filler.close();
  const [connection] = await listener.accept();
  await client.sendall("x");
  assert.equal(String(await connection.recv(1)), "x");
  console.log(`${name}: ${code} ${syscall}, then a connection`);
  for (const it of [client, connection, listener]) it.close();
}
process.disconnect();
