/** TLS in the kernel (TCP_ULP): a read stops where a record of another kind begins, although more follows
 *  it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dup,
  IPPROTO_TCP,
  MSG_WAITALL,
  SOL_TLS,
  type Socket,
  setOption,
  socket,
  TCP_ULP,
  TLS_1_2_VERSION,
  TLS_CIPHER_AES_GCM_128,
  TLS_RX,
  TLS_SET_RECORD_TYPE,
  TLS_TX,
} from "berkeley";
import { connected } from "../support/connected.js";

const ALERT = 21;
const DATA = 23;

/** struct tls12_crypto_info_aes_gcm_128, with keys of zeros. */
const KEYS = Buffer.alloc(40);
KEYS.writeUInt16LE(TLS_1_2_VERSION, 0);
KEYS.writeUInt16LE(TLS_CIPHER_AES_GCM_128, 2);

/** False, or why there is no TLS here. */
async function missing(): Promise<string | false> {
  const [client, server] = await connected();
  try {
    setOption(client, "TCP_ULP", "tls");
    client.setsockopt(SOL_TLS, TLS_TX, KEYS);
    return false;
  } catch {
    return "this kernel has no TLS with AES-GCM";
  } finally {
    client.close();
    server.close();
  }
}

const skip = await missing();

const ways: [string, (sock: Socket) => Socket][] = [
  [
    "setOption",
    (sock) => {
      setOption(sock, "TCP_ULP", "tls");
      return sock;
    },
  ],
  [
    "setsockopt",
    (sock) => {
      sock.setsockopt(IPPROTO_TCP, TCP_ULP, "tls");
      return sock;
    },
  ],
  [
    "another object",
    (sock) => {
      sock.setsockopt(IPPROTO_TCP, TCP_ULP, "tls");
      const fileno = dup(sock.fileno());
      sock.close();
      return socket(sock.family, sock.type, sock.proto, { fileno });
    },
  ],
];

for (const [name, layer] of ways) {
  test(`an alert among the data stops no reader, with TLS set by ${name}`, {
    skip,
    timeout: 20_000,
  }, async () => {
    const [client, plain] = await connected();
    // On a stream without TLS, a short read means that there is no more.
    await client.send("plain");
    assert.equal((await plain.recv(100)).toString(), "plain");
    setOption(client, "TCP_ULP", "tls");
    client.setsockopt(SOL_TLS, TLS_TX, KEYS);
    const server = layer(plain);
    server.setsockopt(SOL_TLS, TLS_RX, KEYS);
    const first = server.recvmsg(100, 64);
    await client.send("one");
    await client.sendmsg(["!!"], [[SOL_TLS, TLS_SET_RECORD_TYPE, Buffer.from([ALERT])]]);
    await client.send("two");
    const got = [await first, await server.recvmsg(100, 64), await server.recvmsg(100, 64)];
    assert.deepEqual(
      got.map(([data, [control]]) => [data.toString(), control?.[2][0]]),
      [
        ["one", DATA],
        ["!!", ALERT],
        ["two", DATA],
      ],
    );
    client.close();
    server.close();
  });
}

test("an alert that ends a read of MSG_WAITALL is the next call's", {
  skip,
  timeout: 20_000,
}, async () => {
  const [client, server] = await connected();
  for (const [sock, direction] of [
    [client, TLS_TX],
    [server, TLS_RX],
  ] as const) {
    setOption(sock, "TCP_ULP", "tls");
    sock.setsockopt(SOL_TLS, direction, KEYS);
  }
  const reading = server.recv(4, MSG_WAITALL);
  await client.send("ab");
  await client.sendmsg(["!!"], [[SOL_TLS, TLS_SET_RECORD_TYPE, Buffer.from([ALERT])]]);
  assert.equal(String(await reading), "ab");
  const [data, [control]] = await server.recvmsg(100, 64);
  assert.deepEqual([String(data), control?.[2][0]], ["!!", ALERT]);
  client.close();
  server.close();
});
