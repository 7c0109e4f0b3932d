/** createConnection: each address of a host, until one answers. */
import type { AddressInput, Family } from "../address/types.js";
import { wrongType } from "../check.js";
import { SOCK_STREAM } from "../constants.generated.js";
import { getaddrinfo } from "../resolve/getaddrinfo.js";
import { lookUpBy } from "../resolve/resolver.js";
import { type Face, type Mode, type SocketOf, type Steps, step, type WaitOptions } from "./face.js";
import type { ConnectionOptions, Functions, HostPort } from "./functions.js";

type AnySocket = SocketOf<Mode, Family>;

/** One attempt; the socket is closed where it fails. */
function* attempt(
  socket: AnySocket,
  address: AddressInput<Family>,
  options: ConnectionOptions & WaitOptions,
  face: Face,
): Steps<AnySocket> {
  const { timeout, sourceAddress, signal } = options;
  try {
    if (timeout !== undefined) socket.settimeout(timeout);
    if (sourceAddress != null) socket.bind(sourceAddress as AddressInput<Family>);
    const connect = socket.connect as (address: unknown, options?: WaitOptions) => unknown;
    const rest = face.mode === "async" ? [{ signal }] : [];
    yield* step(connect.call(socket, address, ...rest) as never);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

export function* connection<M extends Mode>(
  face: Face,
  functions: Functions<M>,
  address: HostPort,
  options: ConnectionOptions & WaitOptions,
): Steps<AnySocket> {
  if (!Array.isArray(address) || address.length !== 2) {
    throw wrongType("createConnection", "address", "[host, port]", address);
  }
  const [host, port] = address as HostPort;
  options.signal?.throwIfAborted();
  const lookUp = lookUpBy(face, options.signal ?? null);
  const rows = yield* getaddrinfo(lookUp, host, port, 0, SOCK_STREAM);
  const errors: unknown[] = [];
  for (const [family, type, proto, , resolved] of rows) {
    try {
      const socket = functions.socket(family, type, proto) as AnySocket;
      return yield* attempt(socket, resolved as AddressInput<Family>, options, face);
    } catch (error) {
      options.signal?.throwIfAborted();
      errors.push(error);
    }
  }
  if (options.allErrors === true) {
    throw new AggregateError(errors, `createConnection: no address of ${host} answered`);
  }
  throw errors.at(-1) ?? new Error(`createConnection: ${host} has no address`);
}
