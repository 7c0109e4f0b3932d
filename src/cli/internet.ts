import { AF_INET, AF_INET6, AF_UNSPEC, getaddrinfo, SOCK_DGRAM } from "berkeley";
import { failing } from "./failure.js";
import type { InternetFamily } from "./icmp.js";

export interface FamilyOptions {
  ipv4?: true;
  ipv6?: true;
}

/** A host, as the first of its addresses that the options allow. */
export interface Host {
  readonly family: InternetFamily;
  readonly numeric: string;
  /** With port 0. */
  readonly address: readonly [host: string, port: number, ...rest: number[]];
}

export async function findHost(name: string, options: FamilyOptions): Promise<Host> {
  const wanted = options.ipv6 ? AF_INET6 : options.ipv4 ? AF_INET : AF_UNSPEC;
  try {
    const rows = await getaddrinfo(name, 0, wanted, SOCK_DGRAM);
    const row = rows.find(([family]) => family === AF_INET) ?? rows[0];
    if (row === undefined) throw new Error(`getaddrinfo gave no address for ${name}`);
    const address = row[4] as [string, number];
    return { family: row[0] as InternetFamily, numeric: address[0], address };
  } catch (error) {
    throw failing("", error);
  }
}
