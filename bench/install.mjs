// npm run bench:install: installs the peers that npm has into bench/.peers, so that the library's own
// install stays small. Bun and Deno come as their packages for this platform, which have the program
// and no install script.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { command, runtimes } from "../scripts/lib.mjs";

command(
  "npm run bench:install --",
  "Installs what npm has to measure against into bench/.peers.",
  "npm run bench:install && npm run bench -- --quick",
).parse();

const folder = fileURLToPath(new URL("./.peers/", import.meta.url));
const { bun, deno } = runtimes;

const manifest = {
  private: true,
  dependencies: {
    [bun.name]: bun.version,
    [deno.name]: deno.version,
    "node-unix-socket": "0.2.7",
    "raw-socket": "1.8.1",
    "unix-dgram": "2.0.7",
  },
  // npm 11 runs the install scripts of these packages only; they compile them.
  allowScripts: { "raw-socket": true, "unix-dgram": true },
};

mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
execFileSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
console.log("For Python's asyncio and uvloop: apt-get install python3-uvloop");
