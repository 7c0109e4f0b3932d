/** Every transport, with Python's socket at the other end: peer.py holds the conversation there. */

import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { AF_INET6, SOCK_DGRAM, SOCK_STREAM, type Socket } from "berkeley";
import { faces } from "../support/faces.js";
import { Directory, python, root } from "../support/machine.js";
import { type Command, Peer, without } from "../support/peers.js";
import {
  type Address,
  accepted,
  client,
  type Net,
  server,
  type Transport,
  transports,
} from "./talk.js";

const messages = ["欢迎光临", "", "x".repeat(8000)].map((text) => Buffer.from(text));
const long = Buffer.from("好的".repeat(100_000));

const reversed = (data: Buffer) => Buffer.from(data).reverse();

async function received(s: Socket, { type }: Transport): Promise<Buffer> {
  if (type !== SOCK_STREAM) return s.recv(65536);
  const parts: Buffer[] = [];
  for (;;) {
    const data = await s.recv(65536);
    if (data.length === 0) return Buffer.concat(parts);
    parts.push(data);
  }
}

function peerPy(role: string, transport: Transport, address: Address, ...rest: string[]): Command {
  const script = join(root, "test/peers/peer.py");
  const kind = [transport.family, transport.type].map(String);
  return [python, script, role, ...kind, JSON.stringify(address), ...rest];
}

async function weServe(net: Net, transport: Transport): Promise<void> {
  using directory = new Directory();
  using listener = server(net, transport, transport.address(directory.path));
  const name = join(directory.path, "client");
  await using peer = new Peer(peerPy("client", transport, listener.getsockname(), name));
  let sender: Address | null = null;
  if (transport.type === SOCK_DGRAM) {
    for (const message of messages) {
      const [data, from] = await listener.recvfrom(65536);
      assert.deepEqual(data, message);
      await listener.sendto(reversed(data), from as Address);
      sender = from;
    }
  } else {
    using s = await accepted(listener);
    for (const message of transport.type === SOCK_STREAM ? [long] : messages) {
      const data = await received(s, transport);
      assert.ok(data.equals(message), `${data.length} bytes arrived`);
      await s.sendall(reversed(data));
    }
    sender = s.getpeername();
    s.close();
  }
  assert.deepEqual(sender, JSON.parse(await peer.ended()), "the client's own name");
}

async function weAsk(net: Net, transport: Transport): Promise<void> {
  using directory = new Directory();
  const address = transport.address(directory.path);
  await using peer = new Peer(peerPy("server", transport, address));
  const [ready] = await peer.prints(/^.+\n/);
  using s = client(net, transport, directory.path);
  await s.connect(JSON.parse(ready));
  assert.deepEqual(s.getpeername(), JSON.parse(ready));
  for (const message of transport.type === SOCK_STREAM ? [long] : messages) {
    await s.sendall(message);
    if (transport.type === SOCK_STREAM) s.shutdown(net.SHUT_WR);
    const answer = await received(s, transport);
    assert.ok(answer.equals(reversed(message)), `${answer.length} bytes came back`);
  }
  const seen = JSON.parse((await peer.ended()).slice(ready.length));
  assert.deepEqual(seen, s.getsockname(), "our name as the server saw it");
}

for (const [face, net] of faces) {
  const options = { skip: without.python, concurrency: availableParallelism() };
  describe(`${face} and Python`, options, () => {
    for (const transport of transports) {
      const skip = transport.family === AF_INET6 ? without.ipv6 : false;
      it(`${transport.name}: we serve`, { skip }, () => weServe(net, transport));
      it(`${transport.name}: we ask`, { skip }, () => weAsk(net, transport));
    }
  });
}
