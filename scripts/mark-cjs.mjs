// Says that the files below dist-cjs are CommonJS, whatever the package says.
import { writeFileSync } from "node:fs";
import { command } from "./lib.mjs";

command(
  "node scripts/mark-cjs.mjs",
  "Says in dist-cjs/ that its files are CommonJS, as npm run build:ts does.",
  "node scripts/mark-cjs.mjs",
).parse();

writeFileSync(new URL("../dist-cjs/package.json", import.meta.url), '{ "type": "commonjs" }\n');
