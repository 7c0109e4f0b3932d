// A line chart: one line per peer over a logarithmic axis.
import { escaped, svg } from "./svg.mjs";

/** @import { Kind } from "./svg.mjs" */

const WIDTH = 780;
const HEIGHT = 380;
const LEFT = 80;
const RIGHT = 150; // the legend
const TOP = 44;
const BOTTOM = 52;
const TICKS = 5;

/** @typedef {{ name: string, kind: Kind, points: [x: number, y: number][] }} Line */
/** @typedef {{ label: string, values: number[], place: (value: number) => number }} Axis */

/** The powers of ten that the values lie between. @param {number[]} values */
function decades(values) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** From 0 in steps of 1, 2 or 5 times a power of ten. @param {number[]} values */
function steps(values) {
  const rough = Math.max(...values) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(Math.max(...values) / step) + 1 }, (_, i) => i * step);
}

/**
 * @param {string} label @param {number[]} values those that get a grid line
 * @param {boolean} isLog @param {number} from @param {number} to pixels
 * @returns {Axis}
 */
function axis(label, values, isLog, from, to) {
  const scaled = isLog ? Math.log10 : (/** @type {number} */ value) => value;
  const [low, high] = [scaled(values[0] ?? 0), scaled(values.at(-1) ?? 1)];
  const place = (/** @type {number} */ value) =>
    Math.round(from + ((scaled(value) - low) / (high - low)) * (to - from));
  return { label, values, place };
}

/** "0.5", "20", "10,000". @param {number} value */
const tickText = (value) => Number(value.toPrecision(6)).toLocaleString("en-US");

/**
 * @param {string} title
 * @param {string} xLabel
 * @param {string} yLabel with the unit
 * @param {Line[]} lines
 * @param {{ hasLogScale?: boolean | undefined }} [options] for the y axis; the x axis is always logarithmic
 */
export function lineChart(title, xLabel, yLabel, lines, { hasLogScale = false } = {}) {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const [right, bottom] = [WIDTH - RIGHT, HEIGHT - BOTTOM];
  const x = axis(xLabel, decades(xs), true, LEFT, right);
  const y = axis(yLabel, hasLogScale ? decades(ys) : steps(ys), hasLogScale, bottom, TOP);
  const middle = (TOP + bottom) / 2;
  return svg(title, WIDTH, HEIGHT, [
    ...x.values.flatMap((value) => [
      `<path class="grid" d="M${x.place(value)} ${TOP}V${bottom}"/>`,
      `<text x="${x.place(value)}" y="${bottom + 18}" text-anchor="middle">${tickText(value)}</text>`,
    ]),
    ...y.values.flatMap((value) => [
      `<path class="grid" d="M${LEFT} ${y.place(value)}H${right}"/>`,
      `<text x="${LEFT - 8}" y="${y.place(value) + 4}" text-anchor="end">${tickText(value)}</text>`,
    ]),
    `<text x="${(LEFT + right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...lines.flatMap(({ name, kind, points }, i) => {
      const places = points.map(([px, py]) => [x.place(px), y.place(py)]);
      const dash = kind === "other" && i > 2 ? ` stroke-dasharray="${2 + 2 * i} 3"` : "";
      const legend = TOP + 14 + i * 20;
      return [
        `<polyline class="line ${kind}"${dash} points="${places.join(" ")}"/>`,
        ...places.map(([cx, cy]) => `<circle class="dot ${kind}" cx="${cx}" cy="${cy}" r="3"/>`),
        `<path class="line ${kind}"${dash} d="M${right + 16} ${legend}h24"/>`,
        `<text x="${right + 46}" y="${legend + 4}">${escaped(name)}</text>`,
      ];
    }),
  ]);
}
