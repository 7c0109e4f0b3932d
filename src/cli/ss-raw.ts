import { readFileSync } from "node:fs";
import { AF_INET, type AF_INET6, SocketError } from "berkeley";
import { type End, type Found, host, inetSockets, STATES } from "./ss-sockets.js";

/** One end of a socket in /proc/net/raw: the address in 32-bit words of the machine's byte order
 * (little-endian wherever we run), and the protocol in place of a port. */
function end(family: number, text: string): End {
  const [address = "", port = ""] = text.split(":");
  return {
    address: host(family, Buffer.from(address, "hex").swap32(), false),
    port: parseInt(port, 16),
  };
}

function rawSocket(family: number, line: string): Found {
  const [, local, peer, state, queues, , , uid, , inode] = line.trim().split(/\s+/) as string[];
  const [sendQ, recvQ] = (queues as string).split(":").map((text) => parseInt(text, 16));
  return {
    netid: "raw",
    state: STATES[parseInt(state as string, 16)] ?? `STATE-${state}`,
    recvQ: recvQ as number,
    sendQ: sendQ as number,
    local: end(family, local as string),
    peer: end(family, peer as string),
    uid: Number(uid),
    inode: Number(inode),
  };
}

function inProc(family: number): string[] {
  return readFileSync(`/proc/net/raw${family === AF_INET ? "" : "6"}`, "utf8")
    .trim()
    .split("\n")
    .slice(1);
}

/** Raw sockets, by netlink or, if the kernel lacks INET_RAW_DIAG, from /proc/net, as in ss. */
export async function rawSockets(
  family: typeof AF_INET | typeof AF_INET6,
  wanted: number,
): Promise<Found[]> {
  try {
    return await inetSockets("raw", family, wanted);
  } catch (error) {
    if (!(error instanceof SocketError) || error.code !== "ENOENT") throw error;
    let lines: string[];
    try {
      lines = inProc(family);
    } catch {
      throw error; // no /proc, or no such family: what netlink said stands
    }
    return lines
      .map((line) => rawSocket(family, line))
      .filter(({ state }) => wanted & (1 << STATES.indexOf(state as (typeof STATES)[number])));
  }
}
