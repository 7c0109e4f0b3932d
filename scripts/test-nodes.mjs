// Runs the JavaScript tests on other versions of Node with the package as it is built, since one
// native module serves all of them. Each version is fetched once, as an npm package, into build/node/.
import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { command, fail, fetchNode, output, root, run } from "./lib.mjs";

/** The first version that is supported. The tests need more than it has, but a program that uses the
 *  package does not. */
const FIRST = "20.0.0";
/** That one, and the newest of each major version. */
const SUPPORTED = [FIRST, "20", "22", "24", "26"];
const smoke = `
import("berkeley").then(async ({ socketpair }) => {
  const { socketpair: blocking } = await import("berkeley/sync");
  const [near, far] = socketpair();
  const { signal } = new AbortController();
  const [data] = await Promise.all([near.recv(9, { signal }), far.sendall("Promises")]);
  const [one, other] = blocking();
  one.sendall("blocking");
  console.log(String(data) + ", " + other.recv(9));
});`;

const { args } = command(
  "npm run test:nodes --",
  "Runs the tests on other versions of Node, which are fetched from npm.",
  "npm run test:nodes -- 22 24.1.0",
)
  .argument("[versions...]", `which ones; if none is named, ${SUPPORTED.join(", ")}`)
  .parse();
const versions = args.length > 0 ? args : SUPPORTED;
run("npm", ["run", "--silent", "build"]);
run("npm", ["run", "--silent", "build:test"]);
const failed = [];
for (const version of versions) {
  const node = fetchNode(version);
  console.log(`\n# Node ${output(node, ["--version"]).trim()}`);
  if (version === FIRST) {
    const printed = output(node, ["-e", smoke]).trim();
    if (printed !== "Promises, blocking") failed.push(`${FIRST} (${printed})`);
    else console.log("a program runs");
    continue;
  }
  // In PATH, too, since tests start programs of their own.
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  const { status } = spawnSync(node, ["scripts/test.mjs"], { cwd: root, stdio: "inherit", env });
  if (status !== 0) failed.push(version);
}
if (failed.length > 0) fail(`failed on Node ${failed.join(", ")}`);
