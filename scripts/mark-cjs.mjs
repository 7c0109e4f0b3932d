// Says that the files below dist-cjs are CommonJS, whatever the package says.
import { writeFileSync } from "node:fs";

writeFileSync(new URL("../dist-cjs/package.json", import.meta.url), '{ "type": "commonjs" }\n');
