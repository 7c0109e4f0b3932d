/** The errors that docstrings name are the codes that callers get. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { SocketError } from "berkeley";
import { root } from "./support/machine.js";

test("an errno of two names is named in docstrings as errors name it", () => {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const numbers = constants.errno as Readonly<Record<string, number>>;
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(root, "src", file), "utf8");
    for (const [throws] of text.matchAll(/@throws[^@]*?\*\/|@throws[^@]*/g)) {
      for (const [name] of throws.matchAll(/\bE[A-Z]{3,}\b/g)) {
        const errno = numbers[name];
        if (errno !== undefined) assert.equal(new SocketError(-errno, "").code, name, file);
      }
    }
  }
});
