// A bar chart: one group per case, with one bar per peer.
import { escaped, svg } from "./svg.mjs";

/** @import { Kind } from "./svg.mjs" */

const LABEL = 130;
const BAR = 420;
const VALUE = 230;
const ROW = 20;
const GROUP_HEAD = 30;
const TITLE = 34;

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} value
 * @property {string} text what is written after the bar
 * @property {Kind} kind
 */

/**
 * @param {string} title
 * @param {{ name: string, bars: Bar[] }[]} groups each with its own scale
 */
export function barChart(title, groups) {
  const width = LABEL + BAR + VALUE;
  /** @type {string[]} */
  const lines = [];
  let y = TITLE;
  for (const { name, bars } of groups) {
    const most = Math.max(...bars.map((bar) => bar.value));
    lines.push(`<text class="group" x="8" y="${y + 18}">${escaped(name)}</text>`);
    y += GROUP_HEAD;
    for (const bar of bars) {
      const length = Math.max(1, Math.round((bar.value / most) * BAR));
      const middle = y + 13;
      lines.push(
        `<text x="${LABEL - 8}" y="${middle}" text-anchor="end">${escaped(bar.name)}</text>`,
        `<rect class="${bar.kind}" x="${LABEL}" y="${y + 2}" width="${length}" height="${ROW - 6}"/>`,
        `<text x="${LABEL + length + 6}" y="${middle}">${escaped(bar.text)}</text>`,
      );
      y += ROW;
    }
  }
  return svg(title, width, y + 10, lines);
}
