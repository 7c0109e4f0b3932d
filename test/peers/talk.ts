/** A conversation with a program that connects its own input and output to a socket: one line each way. */

import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import {
  type AddressInput,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Family,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
} from "berkeley";
import { faces } from "../support/faces.js";
import { Directory } from "../support/machine.js";
import { type Command, Peer, without } from "../support/peers.js";

export type Net = (typeof faces)[number][1];
export type Address = AddressInput<Family>;

/** Longer than any call here takes: it ends a blocking call that would otherwise wait for ever because of
 *  a fault. */
const LIMIT_SEC = 30;

export interface Transport {
  name: string;
  family: Family;
  type: number;
  /** What a server binds to. `name` is a path, or a word that no other process uses. */
  address(directory: string): Address;
}

const path = (directory: string) => join(directory, "server");
const abstract = (directory: string) => `\0berkeley-${process.pid}${directory}`;

export const transports: Transport[] = [
  { name: "TCP", family: AF_INET, type: SOCK_STREAM, address: () => ["127.0.0.1", 0] },
  { name: "TCP over IPv6", family: AF_INET6, type: SOCK_STREAM, address: () => ["::1", 0] },
  { name: "UDP", family: AF_INET, type: SOCK_DGRAM, address: () => ["127.0.0.1", 0] },
  { name: "UDP over IPv6", family: AF_INET6, type: SOCK_DGRAM, address: () => ["::1", 0] },
  { name: "Unix stream", family: AF_UNIX, type: SOCK_STREAM, address: path },
  { name: "Unix datagram", family: AF_UNIX, type: SOCK_DGRAM, address: path },
  { name: "Unix seqpacket", family: AF_UNIX, type: SOCK_SEQPACKET, address: path },
  { name: "abstract stream", family: AF_UNIX, type: SOCK_STREAM, address: abstract },
  { name: "abstract datagram", family: AF_UNIX, type: SOCK_DGRAM, address: abstract },
  { name: "abstract seqpacket", family: AF_UNIX, type: SOCK_SEQPACKET, address: abstract },
];

/** A socket of ours at `address`, listening if its type listens. */
export function server(net: Net, { family, type }: Transport, address: Address): Socket {
  const s = net.socket(family, type);
  s.settimeout(LIMIT_SEC);
  s.bind(address);
  if (type !== SOCK_DGRAM) s.listen();
  return s;
}

/** A socket of ours; a Unix datagram socket has a name, or nobody could answer it. */
export function client(net: Net, { family, type }: Transport, directory: string): Socket {
  const s = net.socket(family, type);
  s.settimeout(LIMIT_SEC);
  if (family === AF_UNIX && type === SOCK_DGRAM) s.bind(join(directory, "client"));
  return s;
}

/** The next connection of a listener. */
export async function accepted(listener: Socket): Promise<Socket> {
  const [s] = await listener.accept();
  s.settimeout(LIMIT_SEC);
  return s;
}

interface Program {
  name: string;
  /** False, or what is missing. */
  skip: string | false;
  /** The program as a client of our server at `address`; null if it has no such transport. */
  client(transport: Transport, address: Address, directory: string): Command | null;
  /** The program as a server, and what it prints when it is ready; a group in the pattern holds the
   *  Internet port. */
  server(transport: Transport, address: Address): [Command, ready: RegExp] | null;
}

async function weServe(net: Net, transport: Transport, program: Program): Promise<void> {
  using directory = new Directory();
  using listener = server(net, transport, transport.address(directory.path));
  const command = program.client(transport, listener.getsockname(), directory.path);
  await using peer = new Peer(command as Command);
  await peer.write("hello\n");
  if (transport.type === SOCK_DGRAM) {
    const [data, sender] = await listener.recvfrom(100);
    assert.equal(`${data}`, "hello\n");
    await listener.sendto("answer\n", sender as Address);
  } else {
    using s = await accepted(listener);
    assert.equal(`${await s.recv(100)}`, "hello\n");
    await s.sendall("answer\n");
  }
  await peer.prints(/^answer$/m);
}

async function weAsk(net: Net, transport: Transport, program: Program): Promise<void> {
  using directory = new Directory();
  let address = transport.address(directory.path);
  const [command, ready] = program.server(transport, address) as [Command, RegExp];
  await using peer = new Peer(command);
  const [, port] = await peer.prints(ready);
  if (port !== undefined) address = [(address as [string, number])[0], Number(port)];
  using s = client(net, transport, directory.path);
  await s.connect(address);
  await s.sendall("hello\n");
  await peer.prints(/^hello$/m);
  await peer.write("answer\n");
  assert.equal(`${await s.recv(100)}`, "answer\n");
}

/** Tests each transport that the program has, on both faces and in both directions. */
export function talkWith(program: Program): void {
  for (const [face, net] of faces) {
    describe(`${face} and ${program.name}`, { skip: program.skip }, () => {
      for (const transport of transports) {
        const { name, address, family } = transport;
        const skip = family === AF_INET6 ? without.ipv6 : false;
        if (program.client(transport, address("/"), "/") !== null) {
          it(`${name}: we serve`, { skip }, () => weServe(net, transport, program));
        }
        if (program.server(transport, address("/")) !== null) {
          it(`${name}: we ask`, { skip }, () => weAsk(net, transport, program));
        }
      }
    });
  }
}
