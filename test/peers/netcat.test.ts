import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET } from "berkeley";
import { without } from "../support/peers.js";
import { type Address, type Transport, talkWith } from "./talk.js";

/** netcat knows neither records nor abstract names. */
function has({ name, type }: Transport): boolean {
  return type !== SOCK_SEQPACKET && !name.startsWith("abstract");
}

function where({ family, type }: Transport, address: Address): string[] {
  const udp = type === SOCK_DGRAM ? ["-u"] : [];
  if (family === AF_UNIX) return [...udp, "-U", address as string];
  const [host, port] = address as [string, number];
  return [...udp, "-n", host, `${port}`];
}

/** A Unix stream is bound some time before it listens, and says both. */
function ready({ type }: Transport): RegExp {
  return type === SOCK_DGRAM ? /Bound on \S+(?: (\d+))?\n/ : /Listening on \S+(?: (\d+))?\n/;
}

/** The name of a Unix datagram client, which netcat else puts into /tmp, and leaves there where it is ended. */
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
