import * as util from "node:util";
import stringWidth from "string-width";

export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Styled if stdout is a terminal with colours; otherwise as it is. */
export function styled(style: Style, text: string): string {
  const { stdout } = process;
  // Node 20.12 is the first to have styleText: before it, everything is plain.
  const isColourful = stdout.isTTY && stdout.hasColors() && util.styleText !== undefined;
  return isColourful ? util.styleText(style, text) : text;
}

export interface Column<Row> {
  readonly title: string;
  readonly align?: "right";
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
}

/** Rows as lines under their titles, each column as wide as what is in it. */
export function table<Row>(
  rows: readonly Row[],
  shape: readonly Column<Row>[],
  { titles = true } = {},
): string {
  const cells = rows.map((row) => shape.map((column) => column.text(row)));
  const widths = shape.map(({ title }, at) =>
    cells.reduce(
      (width, row) => Math.max(width, stringWidth(row[at] as string)),
      titles ? stringWidth(title) : 0,
    ),
  );
  const line = (texts: readonly string[], style: (at: number) => Style | undefined) =>
    texts
      .map((text, at) => {
        const gap = " ".repeat((widths[at] as number) - stringWidth(text));
        const chosen = style(at);
        const shown = chosen === undefined ? text : styled(chosen, text);
        const isLast = at === texts.length - 1;
        return shape[at]?.align === "right" ? gap + shown : isLast ? shown : shown + gap;
      })
      .join("  ")
      .trimEnd();
  const body = rows.map((row, i) =>
    line(cells[i] as string[], (at) => (shape[at] as Column<Row>).style?.(row)),
  );
  const titleTexts = shape.map(({ title }) => title);
  return [...(titles ? [line(titleTexts, () => "bold")] : []), ...body].join("\n");
}

/** Rows for programs: an array with one object per line. */
export function json(rows: readonly object[]): string {
  if (rows.length === 0) return "[]";
  return `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]`;
}
