// Bundles the ES modules into dist/: index.js and sync.js on top of what both share, and the constants
// in a file of their own. Sixty small modules took four times as long to import
// (docs/decisions/015-one-file-a-face.md).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { command, root } from "./lib.mjs";

command(
  "node scripts/bundle.mjs",
  "Makes dist/ anew, with the ES modules; npm run build:ts adds the types and the program.",
  "node scripts/bundle.mjs",
).parse();

const constants = "src/constants.generated.ts";
const options = {
  absWorkingDir: root,
  outdir: "dist",
  platform: "node",
  format: "esm",
  target: "node20",
  charset: "ascii", // V8 reads it faster
  logLevel: "warning",
};

/** The files whose constants are public. */
const exporting = /src\/(common|constants|index|sync)\.ts$/;

/** What is taken from Node's modules. To `import` one gets the value of each of its exports, and some of
 *  those load whole subsystems: node:fs loads all of streams. */
const builtins = {
  "node:buffer": "constants, isUtf8",
  "node:events": "addAbortListener",
  "node:fs": "fstatSync",
  "node:os": "constants, hostname",
  "node:perf_hooks": "performance",
  "node:timers": "clearTimeout, setImmediate, setTimeout",
  "node:url": "domainToASCII, domainToUnicode",
  "node:util": "inspect",
  "node:util/types": "isAnyArrayBuffer, isProxy, isSharedArrayBuffer, isUint8Array",
};

/** Modules that are made here: `load`, and what is loaded with it. If a bundler has bundled us with a
 *  program, the result is nowhere near the native module, and as CommonJS it has no `import.meta.url`. */
const required = {
  load: `import { createRequire } from "node:module";
    export const load = createRequire(import.meta.url ?? "file:///bundled");`,
  addon: `import { load } from "load";
    function loadAddon() {
      try {
        return load("../native/addon.cjs");
      } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") throw error;
        const advice = "a bundler has to leave the package out, as an external one (docs/platforms.md)";
        throw new Error("berkeley: its native module is not beside it; " + advice, { cause: error });
      }
    }
    export default loadAddon();`,
};
const bound = (path) =>
  `import { load } from "load"; export const { ${builtins[path]} } = load("${path}");`;

const plugin = {
  name: "imports",
  setup({ onResolve, onLoad }) {
    // An exported name costs little in `export const` and `export *`, and much in any other form. The
    // constants that the library itself needs are copied, which costs less than to import them.
    onResolve({ filter: /\/constants\.generated\.js$/ }, ({ importer }) =>
      exporting.test(importer) ? { path: "./constants.generated.js", external: true } : undefined,
    );
    onResolve({ filter: /\/native\/addon\.cjs$/ }, () => ({ path: "addon", namespace: "made" }));
    onResolve({ filter: /^load$/ }, () => ({ path: "load", namespace: "made" }));
    onResolve({ filter: /^node:/ }, ({ path }) =>
      path in builtins ? { path, namespace: "made" } : { path, external: true },
    );
    onLoad({ filter: /.*/, namespace: "made" }, ({ path }) => ({
      contents: required[path] ?? bound(path),
      resolveDir: root,
    }));
  },
};

/** `export const A = 1, B = 2, …`: it takes time to read a keyword for each name. */
function compactConstants() {
  const source = readFileSync(join(root, constants), "utf8");
  const pairs = [...source.matchAll(/^export const (\w+) = (.*);$/gm)];
  const list = pairs.map(([, name, value]) => `${name} = ${value}`).join(",\n  ");
  return `// The constants of the socket API, with their C names.\nexport const\n  ${list};\n`;
}

rmSync(join(root, "dist"), { recursive: true, force: true });
mkdirSync(join(root, "dist"));
writeFileSync(join(root, "dist/constants.generated.js"), compactConstants());
await build({
  ...options,
  entryPoints: ["src/index.ts", "src/sync.ts"],
  bundle: true,
  splitting: true,
  chunkNames: "shared",
  plugins: [plugin],
});
