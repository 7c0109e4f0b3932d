// Packs the package as npm would publish it, installs the tarball into an empty folder, and uses it
// there: import and require, types for both, the program. Two tools that know the rules for package
// manifests also check it.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, fail, keptNodes, output, root } from "./lib.mjs";

command(
  "npm run test:pack --",
  "Packs the package as it is built, and uses the tarball in an empty folder.",
  "npm run test:pack",
).parse();

/** Fetched only when needed: with their dependencies they would double `npm ci`. */
const TOOLS = [
  ["publint@0.3.25", "--strict"],
  // The old module resolution, node10, does not know `exports`, and so not "berkeley/sync".
  ["@arethetypeswrong/cli@0.18.5", "--profile", "node16"],
];
/** Files that a user has no use for. */
const FOREIGN = /(^|\/)(test|bench|scripts|docs|examples|\.ci)\/|\.(c|h|ts)$(?<!\.d\.ts)/;

const dir = mkdtempSync(join(tmpdir(), "pack-"));
process.on("exit", () => rmSync(dir, { recursive: true }));
const inDir = (command, ...args) => output(command, args, { cwd: dir });

const [packed] = JSON.parse(
  output("npm", ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", dir]),
);
const tarball = join(dir, packed.filename);
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
const files = packed.files.map(({ path }) => path);
console.log(
  `${files.length} files, ${kib(packed.size)} packed, ${kib(packed.unpackedSize)} unpacked`,
);
const foreign = files.filter((path) => FOREIGN.test(path));
if (foreign.length > 0) fail(`should not be packed: ${foreign.join(", ")}`);

writeFileSync(join(dir, "package.json"), "{}");
inDir("npm", "install", "--silent", "--ignore-scripts", tarball);
const installed = Object.keys(JSON.parse(inDir("npm", "ls", "--json", "--all")).dependencies);
if (installed.join() !== "berkeley") fail(`it brings dependencies: ${installed}`);
console.log("installs alone, without running anything");

const body = `
const [a, b] = socketpair();
const [c, d] = sync.socketpair();
d.sendall("pong");
void Promise.all([a.sendall("ping"), b.recv(4)]).then(([, data]) => {
  const both: string = String(data) + String(c.recv(4));
  if (both !== "pingpong") throw new Error(both);
  for (const socket of [a, b, c, d]) socket.close();
});
// @ts-expect-error: the types are there, and say no
if (AF_UNIX === 0) socketpair("unix");
// @ts-expect-error: and Node's, or a Buffer would be any
if (AF_UNIX === 0) c.recv(1).nonsense;
`;
const programs = {
  "import.mts": `import { AF_UNIX, socketpair } from "berkeley";
import * as sync from "berkeley/sync";${body}`,
  "require.cts": `import { AF_UNIX, socketpair } from "berkeley";
import sync = require("berkeley/sync");${body}`,
};
for (const [name, text] of Object.entries(programs)) writeFileSync(join(dir, name), text);
// The compiler and Node's types are the project's own.
mkdirSync(join(dir, "node_modules/@types"), { recursive: true });
symlinkSync(join(root, "node_modules/@types/node"), join(dir, "node_modules/@types/node"));
cpSync(join(root, "node_modules/undici-types"), join(dir, "node_modules/undici-types"), {
  recursive: true,
});
const tsc = join(root, "node_modules/typescript/bin/tsc");
/** The types of Node's other versions, in which names come and go. */
const NODE_TYPES = ["22.20.7", "24.19.4", "26.6.7"];
// Without `--types node`: the package asks for them itself.
const strict = ["--strict", "--target", "es2022"];
const names = Object.keys(programs);
inDir(process.execPath, tsc, ...strict, "--module", "nodenext", ...names);
const bundler = ["--module", "esnext", "--moduleResolution", "bundler", "--noEmit"];
inDir(process.execPath, tsc, ...strict, ...bundler, "import.mts");
console.log("types resolve for import, require and bundlers");
for (const version of NODE_TYPES) {
  const types = join(dir, `types-${version}`);
  mkdirSync(types);
  inDir("npm", "install", "--silent", "--no-save", "--prefix", types, `@types/node@${version}`);
  cpSync(join(dir, "node_modules/berkeley"), join(types, "node_modules/berkeley"), {
    recursive: true,
  });
  for (const name of names) cpSync(join(dir, name), join(types, name));
  const inTypes = ["--noEmit", "--module", "nodenext", ...names];
  output(process.execPath, [tsc, ...strict, ...inTypes], { cwd: types });
  console.log(`they are right with @types/node ${version}`);
}
const nodes = [process.execPath, ...keptNodes()];
for (const node of nodes) {
  for (const name of names) inDir(node, name.replace("ts", "js"));
  console.log(`import and require work in Node ${inDir(node, "--version").trim()}`);
}

const help = inDir(join(dir, "node_modules/.bin/berkeley"), "--help");
if (!/usage/i.test(help)) fail(`no usage in berkeley --help:\n${help}`);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const said = inDir(join(dir, "node_modules/.bin/berkeley"), "--version").trim();
if (said !== version) fail(`berkeley --version says ${said}, the package is ${version}`);
console.log("the program runs");

for (const [tool, ...args] of TOOLS) {
  console.log(output("npx", ["--yes", tool, ...args, tarball]).trim());
}
