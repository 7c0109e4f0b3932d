// Bundles the program and the packages that it uses into dist/cli/main.js. The library stays outside:
// the program imports it by the package's own name, as anybody does.
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { command, root } from "./lib.mjs";

command(
  "npm run build:cli --",
  "Bundles the program into dist/cli/main.js.",
  "npm run build:cli",
).parse();

const outfile = join(root, "dist/cli/main.js");
const options = {
  absWorkingDir: root,
  entryPoints: ["src/cli/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  charset: "utf8",
  external: ["berkeley", "berkeley/*"],
  metafile: true,
  logLevel: "warning",
};

/** The folders of the packages that end up in the bundle. */
async function bundled() {
  const { metafile } = await build({ ...options, write: false });
  const folders = Object.keys(metafile.inputs).map(
    (file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0],
  );
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort();
}

/** Each package's name, version and licence, which must go wherever its code goes. */
function notice(folder) {
  const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.md", "license"].find((it) =>
    existsSync(join(root, folder, it)),
  );
  if (file === undefined) throw new Error(`${folder} has no licence file to keep`);
  const text = readFileSync(join(root, folder, file), "utf8").trim();
  return `/*!\n * Contains ${name} ${version}:\n *\n${text.replace(/^/gm, " * ").replace(/ +$/gm, "")}\n */`;
}

const notices = (await bundled()).map(notice);
await build({
  ...options,
  // Bundled CommonJS code loads Node's own modules with require, which ES modules lack.
  banner: {
    js: `${notices.join("\n")}
import { createRequire as requireFrom } from "node:module";
const require = requireFrom(import.meta.url);`,
  },
});
chmodSync(outfile, 0o755);
