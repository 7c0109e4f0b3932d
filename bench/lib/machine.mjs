import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { versions } from "./peers.mjs";

/** What has to be known about the machine for a figure to mean anything. */
export function describeMachine() {
  const packageFile = new URL("../../package.json", import.meta.url);
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    arch: arch(),
    congestionControl: readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim(),
    versions: { berkeley: JSON.parse(readFileSync(packageFile, "utf8")).version, ...versions() },
  };
}
