// Builds the library and the program, unless nothing that they are made of has changed.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { command, root, run, runBeside } from "./lib.mjs";

const { force: isForced } = command(
  "npm run build:ts --",
  "Builds the library into dist/ and dist-cjs/, and the program, unless they are up to date.",
  "npm run build:ts -- --force",
)
  .option("--force", "build even if nothing is newer")
  .parse()
  .opts();

/** Written last: if it is there, the build is complete. */
const done = join(root, "build/ts.built");
const outputs = ["dist/index.js", "dist/cli/main.js", "dist-cjs/index.js"];
const inputs = ["src", "native/addon.cjs", "native/addon.d.cts", "scripts", "package-lock.json"];
const configs = readdirSync(root).filter((name) => /^(tsconfig.*|package)\.json$/.test(name));

/** When anything there was last written, or removed, which changes its folder's time. */
function newest(path) {
  const own = statSync(path).mtimeMs;
  if (!statSync(path).isDirectory()) return own;
  return Math.max(own, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const changed = Math.max(...[...inputs, ...configs].map((name) => newest(join(root, name))));
const isThere = [done, ...outputs].every((name) => existsSync(resolve(root, name)));
if (!isForced && isThere && statSync(done).mtimeMs > changed) process.exit(0);
rmSync(done, { force: true });

const tsc = join(root, "node_modules/.bin/tsc");
run(process.execPath, ["scripts/bundle.mjs"]);
// The second need not check again what the first has checked.
await Promise.all([
  runBeside(tsc, ["-p", "tsconfig.json"]),
  runBeside(tsc, ["-p", "tsconfig.cjs.json", "--noCheck"]),
]);
// The files there are CommonJS, whatever the package says.
writeFileSync(join(root, "dist-cjs/package.json"), '{ "type": "commonjs" }\n');
run("npm", ["run", "--silent", "build:cli"]);
mkdirSync(dirname(done), { recursive: true });
writeFileSync(done, "");
