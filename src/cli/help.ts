import stringWidth from "string-width";

/** The examples at the foot of a --help: the command line, and what it does. */
export function examples(rows: readonly (readonly [line: string, what: string])[]): string {
  const width = Math.max(...rows.map(([line]) => stringWidth(line)));
  const lines = rows.map(
    ([line, what]) => `  ${line}${" ".repeat(width - stringWidth(line))}   ${what}`,
  );
  return `\nExamples:\n${lines.join("\n")}`;
}
