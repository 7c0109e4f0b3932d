/** The module functions that ask the resolver, for either face. */

import type { AddressInput, Family } from "../address/types.js";
import type { AF_INET, AF_INET6 } from "../constants.generated.js";
import type { Face, Mode, Rest, Steps, W } from "../socket/face.js";
import { type AddressInfo, getaddrinfo } from "./getaddrinfo.js";
import {
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  type HostEntry,
} from "./gethostby.js";
import { getnameinfo } from "./getnameinfo.js";
import type { Ask, LookUp, Read } from "./look-up.js";

/** A host's name: text, or bytes in UTF-8. */
export type HostName = string | Uint8Array;

/** The functions, by face. */
export interface Resolver<M extends Mode> {
  /** `getaddrinfo(host, port, hints, …)`: rows of `[family, type, proto, canonname, address]`; `port`
   * is a number, a service name or `null`. See getaddrinfo(3).
   * @throws {GaiError} ENOTFOUND, EAI_AGAIN, EAI_SERVICE, … */
  getaddrinfo(
    host: HostName | null,
    port: number | HostName | null,
    ...rest: Rest<M, [family?: Family, type?: number, proto?: number, flags?: number]>
  ): W<M, AddressInfo[]>;
  /** `getnameinfo(addr, …, flags)`: the names of a numeric address and its port, or with `NI_*` flags
   * their numbers. See getnameinfo(3).
   * @throws {GaiError} ENOTFOUND (the host is not numeric; it has no name, with `NI_NAMEREQD`), … */
  getnameinfo(
    address: AddressInput<typeof AF_INET> | AddressInput<typeof AF_INET6>,
    ...rest: Rest<M, [flags?: number]>
  ): W<M, [host: string, service: string]>;
  /** The first IPv4 address of a host. As in Python, this is `getaddrinfo(host, NULL, AF_INET, …)`, not
   * gethostbyname(3). `getaddrinfo` finds IPv6, too. See getaddrinfo(3).
   * @throws {GaiError} ENOTFOUND, EAI_AGAIN, EAI_ADDRFAMILY (an IPv6 address), … */
  gethostbyname(host: HostName, ...rest: Rest<M>): W<M, string>;
  /** `gethostbyname(host)`: `[hostname, aliases, addresses]` of a host, for IPv4; the host is first
   * looked up with getaddrinfo(3). See gethostbyname(3).
   * @throws {GaiError} ENOTFOUND, EAI_AGAIN, EAI_ADDRFAMILY (an IPv6 address), EAI_FAIL. */
  gethostbynameEx(host: HostName, ...rest: Rest<M>): W<M, HostEntry>;
  /** `gethostbyaddr(addr, len, family)`: `[hostname, aliases, addresses]` of an address, IPv4 or
   * IPv6; a name is first resolved with getaddrinfo(3). See gethostbyaddr(3).
   * @throws {GaiError} ENOTFOUND, EAI_AGAIN, EAI_FAIL. */
  gethostbyaddr(host: HostName, ...rest: Rest<M>): W<M, HostEntry>;
  /** The fully qualified name of a host (by default, this one): the first name with a dot that
   * `gethostbyaddr` returns, or the name as it is. A host that is not found is no error. See
   * gethostbyaddr(3). @throws {TypeError} the name is not text, or has a NUL in it. */
  getfqdn(...rest: Rest<M, [name?: HostName]>): W<M, string>;
}

/** Makes look-ups as the face does, until the signal ends them. */
export function lookUpBy(face: Face, signal: AbortSignal | null): LookUp {
  return function* <T>(ask: Ask, read: Read<T>): Steps<T> {
    return (yield face.lookUp(ask, read, signal)) as T;
  };
}

type Body = (lookUp: LookUp, ...args: never[]) => Steps<unknown>;

/** What takes arguments and options, and runs `body` to its end. */
function driven(face: Face, name: string, body: Body) {
  function* steps(args: unknown[]): Steps<unknown> {
    const [given, signal] = face.splitOptions(name, args);
    return yield* body(lookUpBy(face, signal), ...(given as never[]));
  }
  return (...args: unknown[]): unknown => face.drive(steps(args));
}

export function makeResolver<M extends Mode>(face: Face): Resolver<M> {
  const bodies = {
    getaddrinfo,
    getnameinfo,
    gethostbyname,
    gethostbynameEx,
    gethostbyaddr,
    getfqdn,
  } satisfies Record<keyof Resolver<M>, Body>;
  const made = Object.entries(bodies).map(([name, body]) => [name, driven(face, name, body)]);
  return Object.fromEntries(made);
}
