/** What this process may do. See capabilities(7). */
import { readFileSync } from "node:fs";

/** The bits of CapEff in /proc/self/status. */
const BITS = {
  CAP_SETGID: 6n,
  CAP_SETUID: 7n,
  CAP_NET_ADMIN: 12n,
  CAP_NET_RAW: 13n,
  CAP_SYS_ADMIN: 21n,
} as const;

export type Capability = keyof typeof BITS;

export function hasCapability(name: Capability): boolean {
  const mask = readFileSync("/proc/self/status", "utf8").match(/^CapEff:\s*([0-9a-f]+)$/m)?.[1];
  return ((BigInt(`0x${mask ?? "0"}`) >> BITS[name]) & 1n) === 1n;
}
