#!/usr/bin/env node
/**
 * Writes src/constants.generated.ts and src/errno.generated.ts from the headers of this machine.
 * In scripts/constants, headers.mjs says which names to take, collect.mjs finds them, and values.mjs
 * asks the compiler for their values.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { compile, GenerateError, sourceOf } from "./constants/collect.mjs";
import { errnoHeader, gaiHeader, headers, pythonsOwn } from "./constants/headers.mjs";
import { compareUnder, valuesOf } from "./constants/values.mjs";
import { command } from "./lib.mjs";

const program = command(
  "node scripts/generate-constants.mjs",
  "Writes src/constants.generated.ts and src/errno.generated.ts from the system's headers.",
  "node scripts/generate-constants.mjs --check --cc aarch64-linux-gnu-gcc",
)
  .option("--check", "write nothing; exit 1 if the committed files are not what would be written")
  .option(
    "--cc <compiler>",
    "with --check: prove by static assertions that the committed values are those of the " +
      "compiler's headers; nothing is run, so a cross compiler will do",
  )
  .parse();

/** Names that are signed in C (and negative in Python, if it has them); all others are unsigned. */
const signed =
  /^(EAI_\w+|(SKF|BPF)_\w+_OFF|NLA_TYPE_MASK|RDS_TRANS_NONE|TCP_REPAIR_\w+|TIPC_WAIT_FOREVER)$/;

/** Where two names have one number, the one that Node's util.getSystemErrorName returns. */
const preferredErrno = new Set(["EAGAIN", "EDEADLK", "ENOTSUP"]);

const root = new URL("../", import.meta.url);
const pythonData = "test/data/python-3.13-socket.json";
const pythonConstants = JSON.parse(readFileSync(new URL(pythonData, root), "utf8")).constants;

function headerVersions(cc) {
  const source = `${sourceOf({ header: "linux/version.h" })}
    version __GLIBC__ __GLIBC_MINOR__ LINUX_VERSION_CODE`;
  const run = compile(cc, ["-E", "-P"], source);
  const [, major, minor, code] = run.stdout.match(/version (\d+) (\d+) (\d+)/);
  const linux = `${code >> 16}.${(code >> 8) & 255}.${code & 255}`;
  return `glibc ${major}.${minor} and Linux ${linux} (LINUX_VERSION_CODE ${code})`;
}

const banner = (what) => `// ${what}
// Made by scripts/generate-constants.mjs from the system's headers; do not edit.
// Headers: ${headerVersions("cc")}.
`;

function constantsFile() {
  const values = valuesOf("cc", headers, signed);
  const lines = [...values].map(([name, value]) => constantLine(name, value));
  const pythons = pythonsOwn.map((name) => {
    if (values.has(name))
      throw new GenerateError(`${name} is in the headers now: take it from there`);
    return constantLine(name, pythonConstants[name]);
  });
  return `${banner("The constants of the socket API, with their C names.")}
${lines.join("")}
// Constants of Python's socket module that no header has; from ${pythonData}.
${pythons.join("")}`;
}

const constantLine = (name, value) => `export const ${name} = ${JSON.stringify(value)};\n`;

function errnoFile() {
  const errnos = namesByNumber(valuesOf("cc", [errnoHeader], signed));
  const gais = namesByNumber(valuesOf("cc", [gaiHeader], signed));
  return `${banner("The names of error numbers, by number.")}
${table("errnoNames", "`errno` values of system calls.", errnos)}
${table("gaiNames", "`EAI_*` results of getaddrinfo(3) and getnameinfo(3).", gais)}`;
}

function table(name, comment, rows) {
  const lines = rows.map(([number, text]) => {
    const key = number < 0 ? `"${number}"` : number;
    return `  ${key}: "${text}",\n`;
  });
  return `/** ${comment} */
export const ${name}: Readonly<Record<number, string>> = {
${lines.join("")}};
`;
}

function namesByNumber(values) {
  const names = new Map();
  for (const [name, number] of values) names.set(number, [...(names.get(number) ?? []), name]);
  return [...names]
    .sort(([a], [b]) => Math.abs(a) - Math.abs(b))
    .map(([number, shared]) => {
      const preferred = shared.length === 1 ? shared : shared.filter((n) => preferredErrno.has(n));
      if (preferred.length !== 1) throw new GenerateError(`${number} has the names ${shared}`);
      return [number, preferred[0]];
    });
}

const files = [
  { path: "src/constants.generated.ts", make: constantsFile },
  { path: "src/errno.generated.ts", make: errnoFile },
].map((file) => ({ ...file, url: new URL(file.path, root) }));

/** Fails with the first line that differs. The line of versions may, since security updates change it. */
function checkFiles() {
  for (const { path, url, make } of files) {
    const committed = readFileSync(url, "utf8");
    const change = firstChange(committed.split("\n"), make().split("\n"));
    if (change === undefined) continue;
    const made = committed.match(/^\/\/ Headers: (.*)\.$/m)?.[1];
    throw new GenerateError(
      `${path} ${change}; it was made from ${made}, this machine has ${headerVersions("cc")}`,
    );
  }
}

function firstChange(committed, made) {
  const isNew = (known) => (line) => !line.startsWith("// Headers: ") && !known.has(line);
  const lacks = made.find(isNew(new Set(committed)));
  if (lacks !== undefined) return `lacks "${lacks.trim()}"`;
  const has = committed.find(isNew(new Set(made)));
  return has === undefined ? undefined : `should not have "${has.trim()}"`;
}

/** If the headers' versions differ, so may the names, but no value. */
function checkUnder(cc) {
  const [constants, errno] = files.map(({ url }) => readFileSync(url, "utf8"));
  const { different, lacking, extra } = compareUnder(cc, headers, committedConstants(constants));
  const errors = compareUnder(cc, [errnoHeader], committedErrnos(errno));
  const wrong = [...different, ...errors.different, ...errors.lacking];
  if (wrong.length > 0) throw new GenerateError(`under ${cc} another value: ${wrong.join(", ")}`);
  const versions = headerVersions(cc);
  if (lacking.length + extra.length > 0 && constants.includes(versions)) {
    throw new GenerateError(`under ${cc} lacking: ${lacking.join(", ")}; new: ${extra.join(", ")}`);
  }
  console.log(`${cc}, ${versions}: the same values`);
  if (lacking.length > 0) console.log(`not in these headers: ${lacking.join(", ")}`);
  if (extra.length > 0) console.log(`only in these headers: ${extra.join(", ")}`);
}

function committedConstants(text) {
  const lines = [...text.matchAll(/^export const (\w+) = (.+);$/gm)];
  const ofHeaders = lines.filter(([, name]) => !pythonsOwn.includes(name));
  return new Map(ofHeaders.map(([, name, value]) => [name, JSON.parse(value)]));
}

function committedErrnos(text) {
  const lines = text.matchAll(/^ {2}(\d+): "(\w+)",$/gm);
  return new Map([...lines].map(([, number, name]) => [name, Number(number)]));
}

function main() {
  const { check: isCheck, cc } = program.opts();
  if (cc !== undefined && !isCheck) program.error("error: --cc needs --check");
  else if (cc !== undefined) checkUnder(cc);
  else if (isCheck) checkFiles();
  else for (const { url, make } of files) writeFileSync(url, make());
}

try {
  main();
} catch (error) {
  if (!(error instanceof GenerateError)) throw error;
  console.error(`generate-constants: ${error.message}`);
  process.exitCode = 1;
}
