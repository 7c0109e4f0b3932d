import { readSync } from "node:fs";

const chunk = Buffer.alloc(4096);
let ahead = Buffer.alloc(0); // what was read beyond the last line

/** Python's input(): shows the prompt, waits for a line. The end of the input reads as "q". */
export function input(prompt: string): string {
  process.stdout.write(prompt);
  for (;;) {
    const end = ahead.indexOf("\n");
    if (end >= 0) {
      const line = ahead.toString("utf8", 0, end);
      ahead = ahead.subarray(end + 1);
      return line;
    }
    const size = readSync(0, chunk);
    if (size === 0) return "q";
    ahead = Buffer.concat([ahead, chunk.subarray(0, size)]);
  }
}
