import { readdirSync } from "node:fs";

/** How many descriptors this process has open. (Reading the folder opens one, each time.) */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
