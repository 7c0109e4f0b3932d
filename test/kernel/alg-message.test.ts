/** sendmsgAfalg: the kernel's ciphers compared with node:crypto's and Python's, in both faces. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import test from "node:test";
import {
  AF_ALG,
  ALG_OP_DECRYPT,
  ALG_OP_ENCRYPT,
  ALG_SET_KEY,
  MSG_MORE,
  SOCK_SEQPACKET,
  SOL_ALG,
} from "berkeley";
import { faces } from "../support/faces.js";
import { python } from "../support/machine.js";
import { lacks } from "./kinds.js";

const name = "AF_ALG";
const cbc = ["skcipher", "cbc(aes)"] as const;
const hash = ["hash", "sha256"] as const;
const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const iv = Buffer.from("101112131415161718191a1b1c1d1e1f", "hex");
const plain = Buffer.from("sixteen bytes ..and sixteen more");

const PYTHON = `
import socket, sys
key, iv, plain = (bytes.fromhex(one) for one in sys.argv[1:])
alg = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
alg.bind(("skcipher", "cbc(aes)"))
alg.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, key)
op, _ = alg.accept()
op.sendmsg_afalg([plain], op=socket.ALG_OP_ENCRYPT, iv=iv)
print(op.recv(len(plain)).hex())
`;

for (const [face, { socket }] of faces) {
  test(`${face}: a cipher there and back, as node:crypto and Python have it`, {
    skip: lacks(name, AF_ALG, SOCK_SEQPACKET, 0, cbc),
  }, async () => {
    using alg = socket(AF_ALG, SOCK_SEQPACKET);
    alg.bind(cbc);
    alg.setsockopt(SOL_ALG, ALG_SET_KEY, key);
    const [op] = await alg.accept();
    const halves = [plain.subarray(0, 5), plain.subarray(5)];
    assert.equal(await op.sendmsgAfalg(halves, { op: ALG_OP_ENCRYPT, iv }), plain.length);
    const secret = await op.recv(plain.length);
    const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
    assert.deepEqual(secret, Buffer.concat([cipher.update(plain), cipher.final()]));
    const args = [key, iv, plain].map((one) => one.toString("hex"));
    const { stdout } = spawnSync(python, ["-c", PYTHON, ...args], { encoding: "utf8" });
    assert.equal(secret.toString("hex"), stdout.trim());

    await op.sendmsgAfalg([secret], { op: ALG_OP_DECRYPT, iv });
    assert.deepEqual(await op.recv(plain.length), plain);
    op.close();
  });

  test(`${face}: a message of many parts is one hash`, {
    skip: lacks(name, AF_ALG, SOCK_SEQPACKET, 0, hash),
  }, async () => {
    using alg = socket(AF_ALG, SOCK_SEQPACKET);
    alg.bind(hash);
    const [op] = await alg.accept();
    await op.sendmsg(["one", "two"], [], MSG_MORE);
    await op.sendmsg(["three"]);
    assert.deepEqual(await op.recv(64), createHash("sha256").update("onetwothree").digest());
    op.close();
  });
}
