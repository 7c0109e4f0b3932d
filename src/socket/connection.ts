/** createConnection: tries the addresses of a host, one after the other, until one answers. */

import { signalOf, throwIfAborted } from "../abort.js";
import { encodeAddress } from "../address/index.js";
import type { AddressInput, Family } from "../address/types.js";
import * as check from "../check.js";
import { AF_INET, AF_INET6, AF_UNSPEC, SOCK_STREAM } from "../constants.generated.js";
import { getaddrinfo } from "../resolve/getaddrinfo.js";
import { lookUpBy } from "../resolve/resolver.js";
import type { Face, Mode, Steps, WaitOptions } from "./face.js";
import type { AnySocket, ConnectionOptions, Functions, HostPort } from "./functions.js";

/** One attempt, which closes the socket if it fails. */
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
    yield connect.call(socket, address, ...rest);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

const CALL = "createConnection";

function checkHostPort(what: string, address: unknown): void {
  if (!Array.isArray(address) || address.length !== 2) {
    throw check.wrongType(CALL, what, "[host, port]", address);
  }
}

/** The family of an address to connect from: one of more than two parts is what an IPv6 socket says of itself. */
function familyOf(source: ConnectionOptions["sourceAddress"]): number {
  return Array.isArray(source) && source.length > 2 ? AF_INET6 : AF_UNSPEC;
}

/** The options, read once and checked before anything is done. As in any other call, the signal may come
 *  after them. */
function checkedOptions(
  asked: (ConnectionOptions & WaitOptions) | undefined,
  waitOptions: WaitOptions | undefined,
): ConnectionOptions & WaitOptions {
  const {
    timeout,
    sourceAddress: source,
    allErrors,
    signal: own,
  } = check.options(CALL, asked) ?? {};
  const { signal = own } = check.options(CALL, waitOptions) ?? {};
  const sourceAddress = Array.isArray(source) ? ([...source] as unknown as HostPort) : source;
  check.boolean(CALL, "allErrors", allErrors);
  if (timeout !== undefined) check.timeout(CALL, timeout);
  if (sourceAddress != null) {
    const family = familyOf(sourceAddress);
    if (family !== AF_INET6) checkHostPort("sourceAddress", sourceAddress);
    encodeAddress(CALL, sourceAddress, { family: family || AF_INET, type: SOCK_STREAM, proto: 0 });
  }
  return { timeout, sourceAddress, allErrors, signal };
}

export function* connection<M extends Mode>(
  face: Face,
  functions: Functions<M>,
  address: HostPort,
  asked: (ConnectionOptions & WaitOptions) | undefined,
  waitOptions: WaitOptions | undefined,
): Steps<AnySocket> {
  checkHostPort("address", address);
  const [host, port] = address;
  const options = checkedOptions(asked, waitOptions);
  const signal = signalOf(CALL, options);
  const lookUp = lookUpBy(face, signal);
  const rows = yield* getaddrinfo(lookUp, host, port, familyOf(options.sourceAddress), SOCK_STREAM);
  const errors: unknown[] = [];
  for (const [family, type, proto, , resolved] of rows) {
    try {
      const socket = functions.socket(family, type, proto) as AnySocket;
      return yield* attempt(socket, resolved as AddressInput<Family>, options, face);
    } catch (error) {
      throwIfAborted(signal);
      errors.push(error);
    }
  }
  if (options.allErrors === true) {
    throw new AggregateError(errors, `createConnection: no address of ${host} answered`);
  }
  throw errors.at(-1) ?? new Error(`createConnection: ${host} has no address`);
}
