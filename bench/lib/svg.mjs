// Charts as SVG text, readable on light and on dark backgrounds. It is so little that it needs no library.

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 } .group { font-weight: 600 }
  .grid { stroke: #d1d9e0 } .line { fill: none; stroke-width: 2 }
  .other { fill: #afb8c1 } .base { fill: #6e7781 } .ours { fill: #0969da }
  .line.other { fill: none; stroke: #bc4c00 } .line.base { fill: none; stroke: #6e7781 }
  .line.ours { fill: none; stroke: #0969da } .dot.other { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .grid { stroke: #3d444d }
    .other { fill: #484f58 } .base { fill: #8b949e } .ours { fill: #2f81f7 }
    .line.other { stroke: #f0883e } .line.base { stroke: #8b949e } .line.ours { stroke: #2f81f7 }
    .dot.other { fill: #f0883e }
  }`;

const escapes = /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" });
export const escaped = (/** @type {string} */ text) =>
  text.replace(/[&<>]/g, (c) => escapes[c] ?? c);

/** @typedef {"ours" | "base" | "other"} Kind */

/** @param {string} title @param {number} width @param {number} height @param {string[]} lines */
export const svg = (title, width, height, lines) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="8" y="22">${escaped(title)}</text>`,
    ...lines,
    "</svg>\n",
  ].join("\n");
