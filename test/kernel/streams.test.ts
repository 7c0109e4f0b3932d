/** Streams other than TCP, with the flags that TCP knows. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_INET,
  fromfd,
  IPPROTO_SCTP,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_STREAM,
  type Socket,
  socket,
} from "berkeley";
import * as sync from "berkeley/sync";
import { type Kind, kinds, lacks } from "./kinds.js";

async function connected({ family, type, proto, bind, to }: Kind): Promise<[Socket, Socket]> {
  using listener = socket(family, type, proto);
  listener.bind(bind);
  listener.listen();
  const client = socket(family, type, proto);
  const name = to(listener.getsockname() as unknown[]);
  const [[connection]] = await Promise.all([listener.accept(), client.connect(name as never)]);
  return [client, connection];
}

const missing = ({ name, family, type, proto, bind }: Kind) =>
  lacks(name, family, type, proto, bind);

const streams = kinds.filter(({ type }) => type === SOCK_STREAM);
for (const kind of streams) {
  test(`${kind.name}: with MSG_TRUNC the bytes come all the same`, {
    skip: missing(kind),
  }, async () => {
    const [client, connection] = await connected(kind);
    await client.sendall("bytes");
    assert.equal(String(await connection.recv(3, MSG_TRUNC)), "byt");
    assert.equal(String(await connection.recv(100)), "es");
    await client.sendall("large");
    assert.equal(String(await connection.recv(100_000, MSG_TRUNC)), "large");
    await client.sendall("from");
    assert.equal(String((await connection.recvfrom(100, MSG_TRUNC))[0]), "from");
    await client.sendall("msg");
    assert.equal(String((await connection.recvmsg(100, 0, MSG_TRUNC))[0]), "msg");
    await client.sendall("mmsg");
    const [batch] = await connection.recvmmsg(1, 100, 0, MSG_TRUNC);
    assert.equal(String(batch?.data), "mmsg");
    client.close();
    connection.close();
  });
}

for (const kind of streams) {
  test(`${kind.name}: connectEx gives 0`, { skip: missing(kind) }, async () => {
    using listener = socket(kind.family, kind.type, kind.proto);
    listener.bind(kind.bind);
    listener.listen();
    using client = socket(kind.family, kind.type, kind.proto);
    const to = kind.to(listener.getsockname() as unknown[]);
    const [[connection], rc] = await Promise.all([
      listener.accept(),
      client.connectEx(to as never),
    ]);
    assert.equal(rc, 0); // assert takes -0 for another number
    connection.close();
  });
}

const sctp = streams.find(({ proto }) => proto === IPPROTO_SCTP) as Kind;
const skip = missing(sctp);

test("SCTP: MSG_WAITALL ends with the message", { skip }, async () => {
  const [client, connection] = await connected(sctp);
  await client.sendall("one");
  await client.sendall("two");
  assert.equal(String(await connection.recv(100, MSG_WAITALL)), "one");
  const blocking = sync.socket(undefined, undefined, undefined, { fileno: connection.detach() });
  blocking.setblocking(true);
  assert.equal(String(blocking.recv(100, MSG_WAITALL)), "two");
  client.close();
  blocking.close();
});

test("SCTP: all messages come where the caller does not name the protocol", { skip }, async () => {
  const pairs = await Promise.all([1, 2, 3].map(() => connected(sctp)));
  const readers = pairs.map(([, one]) => fromfd(one.fileno(), AF_INET, SOCK_STREAM));
  const texts = ["one", "two", "three", "four"];
  const reads = readers.map(async (reader) => {
    const all: string[] = [];
    while (all.length < texts.length) all.push(String(await reader.recv(100)));
    return all;
  });
  for (const text of texts) for (const [client] of pairs) void client.sendall(text);
  for (const read of reads) assert.deepEqual(await read, texts);
  for (const one of [...pairs.flat(), ...readers]) one.close();
});
