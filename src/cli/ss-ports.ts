import { readFileSync } from "node:fs";
import { getservbyport } from "berkeley";
import type { Netid } from "./ss-sockets.js";

/** The protocols of IP by number, from the file that getprotobynumber(3) reads. See protocols(5). */
function protocols(): Map<number, string> {
  let text = "";
  try {
    text = readFileSync("/etc/protocols", "utf8");
  } catch {} // a small system has none
  const found = new Map<number, string>();
  for (const [, name = "", number] of text.matchAll(/^([^\s#]+)\s+(\d+)\b/gm)) {
    if (!found.has(Number(number))) found.set(Number(number), name);
  }
  return found;
}

function service(netid: string, port: number): string {
  try {
    return getservbyport(port, netid);
  } catch {
    return String(port);
  }
}

/** What is shown for a port: the name of its service, if it has one; for a raw socket, that of its
 *  protocol. */
export function portNames(isNumeric: boolean): (netid: Netid, port: number) => string {
  const known = new Map<string, string>();
  let numbers: Map<number, string> | undefined;
  const protocol = (number: number) => {
    numbers ??= protocols();
    return numbers.get(number) ?? `ipproto-${number}`;
  };
  return (netid, port) => {
    if (port === 0) return "*";
    if (isNumeric) return String(port);
    const key = `${netid} ${port}`;
    const name = known.get(key) ?? (netid === "raw" ? protocol(port) : service(netid, port));
    known.set(key, name);
    return name;
  };
}
