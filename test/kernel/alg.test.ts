/** AF_ALG: the kernel's hashes compared with node:crypto's, in both faces. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";
import * as later from "berkeley";
import { AF_ALG, ALG_SET_KEY, MSG_MORE, SOCK_SEQPACKET, SOL_ALG } from "berkeley";
import * as now from "berkeley/sync";
import { lacks } from "./kinds.js";

const hash = ["hash", "sha256"] as const;
const hmac = ["hash", "hmac(sha256)"] as const;
const name = "AF_ALG";

for (const [face, socket] of [
  ["berkeley", later.socket],
  ["berkeley/sync", now.socket],
] as const) {
  test(`AF_ALG (${face}): accept gives a hash and no address; its digest is node:crypto's`, {
    skip: lacks(name, AF_ALG, SOCK_SEQPACKET, 0, hash),
  }, async () => {
    using alg = socket(AF_ALG, SOCK_SEQPACKET);
    alg.bind(hash);
    const [op, address] = await alg.accept();
    assert.equal(address, null);
    await op.send("one", MSG_MORE);
    await op.send("two");
    assert.deepEqual(await op.recv(64), createHash("sha256").update("onetwo").digest());
    op.close();
  });

  test(`AF_ALG (${face}): a key is an option`, {
    skip: lacks(name, AF_ALG, SOCK_SEQPACKET, 0, hmac),
  }, async () => {
    using alg = socket(AF_ALG, SOCK_SEQPACKET);
    alg.bind(hmac);
    alg.setsockopt(SOL_ALG, ALG_SET_KEY, "secret");
    const [op] = await alg.accept();
    await op.sendall("hello");
    assert.deepEqual(await op.recv(64), createHmac("sha256", "secret").update("hello").digest());
    op.close();
  });
}

test("AF_ALG: an algorithm that the kernel lacks is ENOENT, and the error names it", {
  skip: lacks(name, AF_ALG, SOCK_SEQPACKET),
}, () => {
  using alg = now.socket(AF_ALG, SOCK_SEQPACKET);
  assert.throws(() => alg.bind(["hash", "nosuch"]), {
    code: "ENOENT",
    message: "bind ENOENT hash:nosuch",
  });
});
