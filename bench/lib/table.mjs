// Numbers for people, and a table of them with aligned columns.

/** Three significant digits, thousands grouped: 1234567 -> "1,230,000", 3.14159 -> "3.14". */
export function number(/** @type {number | undefined} */ value) {
  if (value === undefined || !Number.isFinite(value)) return "-";
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

export function ratio(/** @type {number} */ value) {
  return Number.isFinite(value) ? `${value.toFixed(2)}x` : "-";
}

/** "+1.23", "-0.4". */
export function difference(/** @type {number} */ value) {
  return Number.isFinite(value) ? `${value > 0 ? "+" : ""}${number(value)}` : "-";
}

export function percent(/** @type {number} */ value) {
  return Number.isFinite(value) ? `${Math.round(value * 100)} %` : "-";
}

/**
 * The first column is a name and is aligned to the left, the others to the right.
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(head, rows) {
  const widths = head.map((_, i) =>
    Math.max(...[head, ...rows].map((row) => (row[i] ?? "").length)),
  );
  const line = (/** @type {string[]} */ row) =>
    widths
      .map((width, i) => (i === 0 ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width)))
      .join("  ");
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join(
    "\n",
  );
}
