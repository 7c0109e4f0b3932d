/** What console.log shows of a socket, and of `has`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AF_INET, has, SOCK_STREAM } from "berkeley";
import { faces } from "../support/faces.js";

for (const [name, { socket }] of faces) {
  test(`${name}: a socket shows its descriptor, what it is and its addresses`, async () => {
    const what = `family: ${AF_INET}, type: ${SOCK_STREAM}, proto: 0`;
    const listener = socket();
    listener.bind(["127.0.0.1", 0]);
    listener.listen();
    const here = listener.getsockname();
    const client = socket();
    await client.connect(here);
    const there = client.getsockname();
    assert.equal(
      inspect(listener),
      `Socket { fd: ${listener.fileno()}, ${what}, laddr: ${inspect(here)} }`,
    );
    assert.equal(
      inspect(client),
      `Socket { fd: ${client.fileno()}, ${what}, laddr: ${inspect(there)}, raddr: ${inspect(here)} }`,
    );
    listener.close();
    client.close();
    assert.equal(inspect(client), `Socket { fd: -1, ${what} }`);
  });
}

test("has shows what the kernel has", () => {
  assert.equal(inspect(has), inspect({ ...has }));
  assert.match(inspect(has), /\bio_uring: (true|false)\b/);
});
