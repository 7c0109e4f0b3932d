// The part of docs/performance.md that is written by hand: one heading per workload, in a file of its
// own, so that a new run keeps it.
import { existsSync, readFileSync } from "node:fs";
import { workloads } from "./workloads.mjs";

/** @typedef {{ top: string, sections: Map<string, string> }} Notes */

/** @param {string} file @returns {Notes} */
export function readNotes(file) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [top = "", ...parts] = text.replaceAll(/<!--.*?-->/gs, "").split(/^## /m);
  /** @type {Map<string, string>} */
  const sections = new Map();
  for (const part of parts) {
    const [name = "", ...lines] = part.split("\n");
    if (!workloads.some((workload) => workload.name === name.trim())) {
      throw new Error(`${file}: "## ${name.trim()}" is the name of no workload`);
    }
    sections.set(name.trim(), lines.join("\n").trim());
  }
  return { top: top.trim(), sections };
}
