import { setTimeout as delay } from "node:timers/promises";
import {
  type AddressInfo,
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  GaiError,
  getaddrinfo,
  getnameinfo,
  ifNametoindex,
  inetPton,
  NI_NAMEREQD,
  SOCK_DGRAM,
  SocketError,
} from "berkeley";
import { type Command, Option } from "commander";
import { Failure, failing } from "./failure.js";
import type { InternetFamily } from "./icmp.js";
import { hostText, type InternetAddress, printable } from "./show.js";

export interface FamilyOptions {
  ipv4?: true;
  ipv6?: true;
}

export function withFamily(command: Command): Command {
  return command
    .addOption(new Option("-4, --ipv4", "IPv4 only").conflicts("ipv6"))
    .addOption(new Option("-6, --ipv6", "IPv6 only"));
}

/** A host, as the first of its addresses that the options allow. */
export interface Host {
  readonly family: InternetFamily;
  /** With the interface after it, if it has one: `fe80::1%eth0`. */
  readonly numeric: string;
  /** With port 0. */
  readonly address: InternetAddress;
  /** Whether a name was given for it. */
  readonly isNamed: boolean;
}

function isAddressOf(family: InternetFamily, text: string): boolean {
  try {
    inetPton(family, text.replace(/%.*/, ""));
    return true;
  } catch (error) {
    if (error instanceof SocketError) return false;
    throw error;
  }
}

/** fe80::/10, ff01::/16 or ff02::/16 without an interface: every link may have that address. */
const OF_ONE_LINK = /^(fe[89ab][\da-f]|ff[\da-f][12]):[\da-f:.]*$/i;

/** Refuses an address that leaves open which link it is on. */
export function checkLink(host: string): void {
  if (!OF_ONE_LINK.test(host)) return;
  throw new Failure(
    `${host} is valid on one link only: add %INTERFACE to say which, such as ${host}%eth0`,
  );
}

/** An IPv4 address, if the host has one: that is what most peers try for a name such as localhost. */
export function firstOf(rows: readonly AddressInfo[]): AddressInfo {
  return (rows.find(([family]) => family === AF_INET) ?? rows[0]) as AddressInfo;
}

function withScope(address: InternetAddress, ifname: string | undefined): InternetAddress {
  const [host, port, flow = 0, scope = 0] = address;
  if (scope !== 0) return address;
  if (ifname === undefined) checkLink(host);
  else if (OF_ONE_LINK.test(host)) return [host, port, flow, ifNametoindex(ifname)];
  return address;
}

/** An IPv4 address in the form of an IPv6 one (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:([\d.]+)$/;

/** `ifname` is the link for an address that needs one, unless the address names another. */
export async function findHost(
  name: string,
  options: FamilyOptions,
  ifname?: string,
): Promise<Host> {
  const wanted = options.ipv6 ? AF_INET6 : options.ipv4 ? AF_INET : AF_UNSPEC;
  try {
    const rows = await getaddrinfo(name, 0, wanted, SOCK_DGRAM);
    const [family, , , , given] = firstOf(rows);
    const mapped = MAPPED.exec(given[0])?.[1];
    // As traceroute: what goes there is IPv4, and so is what comes back.
    if (mapped !== undefined) return await findHost(mapped, options, ifname);
    // To the kernel, 0.0.0.0 as a destination is this machine.
    const address: InternetAddress =
      given[0] === "0.0.0.0" ? ["127.0.0.1", 0] : withScope(given, ifname);
    // inet_aton's forms, such as 127.1, are numbers, too.
    const isNamed = !(
      isAddressOf(family, name) || /^(0x[\da-f]*|\d+)(\.(0x[\da-f]*|\d+))*$/i.test(name)
    );
    return { family, numeric: hostText(address), address, isNamed };
  } catch (error) {
    const other = wanted === AF_INET ? AF_INET6 : AF_INET;
    if (error instanceof GaiError && wanted !== AF_UNSPEC && isAddressOf(other, name)) {
      const [is, not] = other === AF_INET6 ? ["IPv6", "-4"] : ["IPv4", "-6"];
      throw new Failure(`${printable(name)} is an ${is} address: leave out ${not}`);
    }
    throw failing("", error);
  }
}

/** The name of an address, or null if it has none. */
export async function nameOf(address: InternetAddress): Promise<string | null> {
  try {
    const [name] = await getnameinfo(address as [string, number], NI_NAMEREQD);
    return printable(name);
  } catch (error) {
    if (error instanceof GaiError) return null;
    throw error;
  }
}

/** How long output waits for names: if no name server answers, the resolver takes many seconds to say so. */
const NAMES_WAIT_MS = 500;

/** Waits for look-ups, but not for long; null if they take longer. */
export async function soon<T>(lookUp: Promise<T>): Promise<T | null> {
  const enough = new AbortController();
  const waited = delay(NAMES_WAIT_MS, null, { signal: enough.signal }).catch(() => null);
  try {
    return await Promise.race([lookUp, waited]);
  } finally {
    enough.abort();
  }
}
