import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET } from "berkeley";
import { without } from "../support/peers.js";
import { type Address, type Transport, talkWith } from "./talk.js";

/** The transports that netcat has: neither SOCK_SEQPACKET nor abstract names. */
function has({ name, type }: Transport): boolean {
  return type !== SOCK_SEQPACKET && !name.startsWith("abstract");
}

function where({ family, type }: Transport, address: Address): string[] {
  const udp = type === SOCK_DGRAM ? ["-u"] : [];
  if (family === AF_UNIX) return [...udp, "-U", address as string];
  const [host, port] = address as [string, number];
  return [...udp, "-n", host, `${port}`];
}

/** The line to wait for. A Unix stream server says that it is bound some time before it says that it
 *  listens. */
function ready({ type }: Transport): RegExp {
  return type === SOCK_DGRAM ? /Bound on \S+(?: (\d+))?\n/ : /Listening on \S+(?: (\d+))?\n/;
}

/** The name for a Unix datagram client: otherwise netcat makes one in /tmp, and leaves it there if it is
 *  killed. */
function own({ family, type }: Transport, address: Address): string[] {
  return family === AF_UNIX && type === SOCK_DGRAM ? ["-s", `${address}-client`] : [];
}

talkWith({
  name: "netcat",
  skip: without.nc,
  client: (transport, address) =>
    has(transport) ? ["nc", ...own(transport, address), ...where(transport, address)] : null,
  server: (transport, address) =>
    has(transport) ? [["nc", "-lv", ...where(transport, address)], ready(transport)] : null,
});
