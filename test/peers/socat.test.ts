import { join } from "node:path";
import { AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET } from "berkeley";
import { without } from "../support/peers.js";
import { type Address, type Transport, talkWith } from "./talk.js";

const host = (address: string) => (address.includes(":") ? `[${address}]` : address);

/** `KIND:address` for a Unix socket: for socat, abstract names are without their NUL. */
function unix({ type }: Transport, address: Address, stream: string, datagram: string): string {
  const name = address as string;
  const kind = type === SOCK_DGRAM ? datagram : stream;
  const place = name.startsWith("\0")
    ? `ABSTRACT-${kind}:${name.slice(1)}`
    : `UNIX-${kind}:${name}`;
  return type === SOCK_SEQPACKET ? `${place},type=${SOCK_SEQPACKET}` : place;
}

const internet = ({ family, type }: Transport) =>
  `${type === SOCK_DGRAM ? "UDP" : "TCP"}${family === AF_INET6 ? 6 : 4}`;

function connecting(transport: Transport, address: Address, directory: string): string {
  if (transport.family === AF_UNIX) {
    const named = transport.type === SOCK_DGRAM ? `,bind=${bindName(address, directory)}` : "";
    return `${unix(transport, address, "CONNECT", "SENDTO")}${named}`;
  }
  const [name, port] = address as [string, number];
  return `${internet(transport)}:${host(name)}:${port}`;
}

/** The sender of datagrams needs a name of the same kind, so that it can be answered. */
function bindName(address: Address, directory: string): string {
  const isAbstract = (address as string).startsWith("\0");
  return isAbstract ? `${(address as string).slice(1)}-client` : join(directory, "client");
}

function listening(transport: Transport, address: Address): string {
  if (transport.family === AF_UNIX) return unix(transport, address, "LISTEN", "RECVFROM");
  const [name, port] = address as [string, number];
  return `${internet(transport)}-LISTEN:${port},bind=${host(name)}`;
}

talkWith({
  name: "socat",
  skip: without.socat,
  client: (transport, address, directory) => [
    "socat",
    "-",
    connecting(transport, address, directory),
  ],
  server: (transport, address) => [
    ["socat", "-d", "-d", listening(transport, address), "-"],
    /(?:listening|receiving) on (?:UDP )?AF=\d+ (?:[\d.]+:|\[[\d:]+\]:)?(\d+)?.*\n/,
  ],
});
