/** The names of services, protocols and of this host, from the system's tables. */
import { hostname } from "node:os";
import * as check from "../check.js";
import { SocketError } from "../errors.js";
import { native } from "../native.js";
import { text, textOrNull } from "./name.js";

const withProtocol = (value: string | number, protocol: string | null): string =>
  protocol === null ? check.show(value) : `${check.show(value)} ${check.show(protocol)}`;

/** `getservbyname(name, proto)`: the port of a service, for any protocol if none is given. See
 * getservbyname(3). @throws {SocketError} ENOENT. */
export function getservbyname(name: string, proto?: string | null): number {
  const service = text("getservbyname", "name", name);
  const protocol = textOrNull("getservbyname", "proto", proto);
  const port = native.getservbyname(service, protocol);
  if (port >= 0) return port;
  throw new SocketError(port, "getservbyname", { about: withProtocol(service, protocol) });
}

/** `getservbyport(htons(port), proto)`: the name of a port's service. See getservbyport(3).
 * @throws {SocketError} ENOENT. */
export function getservbyport(port: number, proto?: string | null): string {
  const number = check.integer("getservbyport", "port", port, 0, 65535);
  const protocol = textOrNull("getservbyport", "proto", proto);
  const name = native.getservbyport(number, protocol);
  if (typeof name === "string") return name;
  throw new SocketError(name, "getservbyport", { about: withProtocol(number, protocol) });
}

/** `getprotobyname(name)`: the number of a protocol, as `socket()` takes it. See
 * getprotobyname(3). @throws {SocketError} ENOENT. */
export function getprotobyname(name: string): number {
  const protocol = text("getprotobyname", "name", name);
  const number = native.getprotobyname(protocol);
  if (number >= 0) return number;
  throw new SocketError(number, "getprotobyname", { about: check.show(protocol) });
}

/** `gethostname()`: the name of this host. See gethostname(2). */
export function gethostname(): string {
  return hostname();
}

/** `sethostname(name)`: renames this host, which needs CAP_SYS_ADMIN. See sethostname(2).
 * @throws {SocketError} EPERM, EINVAL (longer than 64 bytes). */
export function sethostname(name: string | Uint8Array): void {
  const given = text("sethostname", "name", name);
  const rc = native.sethostname(given);
  if (rc < 0) throw new SocketError(rc, "sethostname", { about: check.show(given) });
}
