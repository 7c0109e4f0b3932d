// Checks what Bun and Deno do with the package: with `berkeley/sync` each conformance case prints what
// it prints on Node, and `berkeley` refuses to wait (docs/platforms.md). Both are fetched once, as npm
// packages.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, fail, fetchRuntime, root, runtimes } from "./lib.mjs";

command(
  "npm run test:runtimes --",
  "Compares Bun and Deno, which are fetched from npm, with Node.",
  "npm run test:runtimes",
).parse();

const TIMEOUT_MS = 30_000;

/** Differences that are not our doing. */
const KNOWN = {
  deno: { "names-unix.js": "its readdirSync knows no names that are not UTF-8" },
};

const built = join(root, "build/test");
const cases = join(built, "conformance/cases");
const names = readdirSync(cases).filter((name) => name.endsWith(".js"));

/** What a program prints, in an empty directory, and how it ended. */
function said([program, ...args], file, ...words) {
  const cwd = mkdtempSync(join(tmpdir(), "runtime-"));
  const options = { cwd, encoding: "utf8", timeout: TIMEOUT_MS, killSignal: "SIGKILL" };
  const { stdout, stderr, status, signal } = spawnSync(program, [...args, file, ...words], options);
  rmSync(cwd, { recursive: true });
  return {
    text: stdout,
    end: status === 0 ? "" : `${signal ?? `exit status ${status}`}: ${stderr}`,
  };
}

const onNode = new Map(
  names.map((name) => [name, said([process.execPath], join(cases, name), "sync")]),
);
const failures = [];
for (const [runtime, at] of Object.entries(runtimes)) {
  const command = fetchRuntime(at);
  let same = 0;
  for (const name of names) {
    const { text, end } = said(command, join(cases, name), "sync");
    const isSame = end === "" && text === onNode.get(name).text;
    const known = KNOWN[runtime]?.[name];
    if (isSame) same++;
    if (isSame !== (known === undefined)) failures.push(`${runtime} ${name}: ${end || text}`);
    if (!isSame && known !== undefined)
      console.log(`${runtime} ${name}: another answer, since ${known}`);
  }
  console.log(
    `${runtime} ${at.version}: berkeley/sync, ${same} of ${names.length} cases as on Node`,
  );
  const { text, end } = said(command, join(built, "runtimes/waiting.js"));
  if (end !== "" || text !== "as expected\n") failures.push(`${runtime} waiting: ${end || text}`);
}
if (failures.length > 0) fail(`not as expected:\n${failures.join("\n")}`);
