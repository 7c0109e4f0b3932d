/** Whose option it is: a descriptor, one of our sockets, or one of Node's. */
import type { Socket as DatagramSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import * as check from "../check.js";
import { descriptorWithin } from "../socket/core.js";

/** @inline */
type WithFileno = {
  /** The descriptor's number: a `Socket` of either entry point has it. */
  fileno(): number;
};

/** A socket of either entry point, a descriptor's number, or a socket or server of node:net, node:tls,
 *  node:http or node:dgram. */
export type OptionTarget = number | WithFileno | Socket | Server | DatagramSocket;

/** What Node keeps behind its sockets; `fd` is negative before there is a descriptor. */
interface Handle {
  readonly fd?: number;
}

/** A datagram socket keeps its handle under a symbol; its `_handle` warns that it is deprecated. */
function datagramState(target: object): { handle?: Handle | null } | undefined {
  const symbols = Object.getOwnPropertySymbols(target);
  const state = symbols.find((symbol) => symbol.description === "state symbol");
  return state && (target as Record<symbol, { handle?: Handle | null }>)[state];
}

function handleNumber(call: string, handle: Handle | null | undefined): number {
  const fd = handle?.fd ?? -1;
  // To Node any negative number means that there is none.
  return check.integer(call, "the fd of target's handle", fd, -(2 ** 31), 2 ** 31 - 1);
}

/** The descriptor of `target`, or -1 where it has none at the moment. */
export function descriptorOf(call: string, target: unknown): number {
  if (typeof target === "number") return check.descriptor(call, "target", target);
  const own = descriptorWithin(target);
  if (own !== undefined) return own.fd;
  if (typeof target === "object" && target !== null) {
    if ("fileno" in target && typeof target.fileno === "function") {
      return check.integer(call, "what fileno() gives", target.fileno(), -1, 2 ** 31 - 1);
    }
    const state = datagramState(target);
    if (state !== undefined) return handleNumber(call, state.handle);
    // Read, not looked for with `in`: the socket of an HTTP/2 session is a Proxy that answers only to reads.
    const { _handle } = target as { _handle?: Handle | null };
    if (_handle !== undefined) return handleNumber(call, _handle);
  }
  const must = "a descriptor, a Socket, or a socket or server of node:net or node:dgram";
  throw check.wrongType(call, "target", must, target);
}
