import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own folder, from wherever the compiled test lies. */
export const root: string = dirname(fileURLToPath(import.meta.resolve("berkeley/package.json")));

/** The command that runs Python. */
export const python = "python3";

/** A new directory, gone when its scope ends. */
export class Directory {
  readonly path: string = mkdtempSync(join(tmpdir(), "berkeley-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
