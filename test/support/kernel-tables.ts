import { readFileSync } from "node:fs";

/** How many bytes the kernel holds for the socket at `port`. This makes no call of the library's. */
export function queued(port: number, protocol: "tcp" | "udp" = "tcp"): number {
  const local = port.toString(16).toUpperCase().padStart(4, "0");
  const state = protocol === "tcp" ? "01" : "07";
  const row = new RegExp(`: 0100007F:${local} \\S+ ${state} \\S+:(\\S+) `, "m");
  const table = readFileSync(`/proc/self/net/${protocol}`, "utf8");
  return Number.parseInt(row.exec(table)?.[1] ?? "0", 16);
}

/** The same, once what was sent has arrived: on a busy machine it may still be on its way. */
export function arrives(port: number, protocol: "tcp" | "udp" = "tcp"): number {
  let bytes = 0;
  for (let looks = 0; bytes === 0 && looks < 10_000; looks++) bytes = queued(port, protocol);
  return bytes;
}
