import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { printable } from "./show.js";

/** A process that holds a socket, and its descriptor there. */
export interface Holder {
  readonly name: string;
  readonly pid: number;
  readonly fd: number;
}

/** What `read` reads in /proc; `nothing` if the process has gone, or is another user's. */
function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}

/** The numbers that name the entries of a directory, the highest first, as ss has them. */
function numbersIn(path: string): number[] {
  const names = orNothing(() => readdirSync(path), []);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

/** Who holds each socket, by its inode: what /proc/PID/fd links to. See proc(5). Only root may look at
 * other users' processes. */
export function holders(): Map<number, Holder[]> {
  const found = new Map<number, Holder[]>();
  for (const pid of numbersIn("/proc")) {
    let name: string | undefined;
    for (const fd of numbersIn(`/proc/${pid}/fd`)) {
      const link = orNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "");
      const inode = Number(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? 0);
      if (inode === 0) continue;
      name ??= orNothing(() => readFileSync(`/proc/${pid}/comm`, "utf8"), "").trimEnd();
      const held = found.get(inode) ?? [];
      found.set(inode, held);
      held.push({ name: printable(name), pid, fd });
    }
  }
  return found;
}

/** `users:(("node",pid=7,fd=21))`, as ss says it. */
export function usersText(users: readonly Holder[]): string {
  if (users.length === 0) return "";
  return `users:(${users.map(({ name, pid, fd }) => `("${name}",pid=${pid},fd=${fd})`).join()})`;
}
