/** What an import says where the native module is not, or does not load: docs/platforms.md. The
 * package's files stand in a directory of their own, beside a native module as bad as it should be,
 * and the process is made to take itself for one on another platform. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join, relative } from "node:path";
import test from "node:test";
import { runInThisContext } from "node:vm";
import { buildSync } from "esbuild";
import { Directory, root } from "./support/machine.js";

interface Place {
  platform: string;
  arch: string;
  glibc?: string | undefined;
}

const here: Place = { platform: "linux", arch: process.arch, glibc: "2.36" };

/** A copy of what is published, without its native modules. */
function copyTo(directory: string): void {
  for (const name of ["dist", "package.json", "native/addon.cjs"]) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
}

/** What importing `entry` of the copy says on standard error, in a process at such a place. */
function importError(directory: string, entry: string, place: Place, env = {}): string {
  const header = { glibcVersionRuntime: place.glibc };
  const pretend = `
    for (const name of ["platform", "arch"]) {
      Object.defineProperty(process, name, { value: ${JSON.stringify(place)}[name] });
    }
    process.report.getReport = () => (${JSON.stringify({ header })});`;
  writeFileSync(join(directory, "pretend.cjs"), pretend);
  writeFileSync(join(directory, "program.mjs"), `import "./dist/${entry}.js";`);
  const args = ["--require", "./pretend.cjs", "program.mjs"];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    env: { ...process.env, BERKELEY_ADDON: "", ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 1, stderr);
  return stderr.match(/^Error: (berkeley: .*)$/m)?.[1] ?? stderr;
}

/** A native module that cannot be loaded. */
function spoil(directory: string): void {
  const folder = join(directory, "prebuilds", `linux-${process.arch}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "berkeley.node"), "no ELF file");
}

for (const [platform, arch] of [
  ["darwin", "arm64"],
  ["win32", "x64"],
  ["freebsd", "x64"],
  ["linux", "riscv64"],
] as const) {
  test(`${platform}-${arch}: the import says where the library runs`, () => {
    using directory = new Directory();
    copyTo(directory.path);
    for (const entry of ["index", "sync"]) {
      assert.equal(
        importError(directory.path, entry, { platform, arch }),
        `berkeley: ${platform}-${arch} is not supported; it runs on Linux with glibc, on x64 and arm64`,
      );
    }
  });
}

test("a checkout that was not built: the import says how to", () => {
  using directory = new Directory();
  copyTo(directory.path);
  const said = importError(directory.path, "index", here);
  assert.match(
    said,
    /no native module at .*; in a checkout, `npm run build:native` builds it; a b/,
  );
});

for (const format of ["esm", "cjs"] as const) {
  test(`a bundle of the library, as ${format}: the import says to leave it out`, () => {
    using directory = new Directory();
    const outfile = join(directory.path, `bundle.${format === "esm" ? "mjs" : "cjs"}`);
    buildSync({
      entryPoints: [join(root, "dist/index.js")],
      outfile,
      bundle: true,
      platform: "node",
      format,
      logLevel: "error", // that CommonJS has no import.meta is known
    });
    const { status, stderr } = spawnSync(process.execPath, [outfile], {
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(status, 1, stderr);
    assert.match(
      stderr,
      /Error: berkeley: .* not beside it; a bundler has to leave the package out/,
    );
  });
}

test("a bundle in a single executable says to leave the library out, too", (t) => {
  using directory = new Directory();
  const { BERKELEY_ADDON } = process.env; // it names a module that is used wherever the library is
  process.env.BERKELEY_ADDON = "";
  t.after(() => {
    if (BERKELEY_ADDON === undefined) delete process.env.BERKELEY_ADDON;
    else process.env.BERKELEY_ADDON = BERKELEY_ADDON;
  });
  const { outputFiles } = buildSync({
    entryPoints: [join(root, "dist-cjs/index.js")],
    outfile: "bundle.cjs",
    write: false,
    bundle: true,
    platform: "node",
  });
  const own = createRequire(import.meta.url);
  const requireBuiltin = (id: string): unknown => {
    if (isBuiltin(id)) return own(id);
    throw Object.assign(new Error(id), { code: "ERR_UNKNOWN_BUILTIN_MODULE" });
  };
  const text = `(function (exports, require, __dirname) {${outputFiles[0]?.text}})`;
  assert.throws(() => runInThisContext(text)({}, requireBuiltin, directory.path), {
    message: /^berkeley: no native module at .*; a bundler has to leave the package out/,
  });
});

test("musl: the import says that it is not supported", () => {
  using directory = new Directory();
  copyTo(directory.path);
  spoil(directory.path);
  assert.equal(
    importError(directory.path, "index", { ...here, glibc: undefined }),
    "berkeley: musl is not supported (Alpine has it); it runs on Linux with glibc",
  );
});

test("where the loader fails otherwise, the error is the loader's", () => {
  using directory = new Directory();
  copyTo(directory.path);
  spoil(directory.path);
  assert.match(importError(directory.path, "index", here), /ERR_DLOPEN_FAILED/);
});

test("BERKELEY_ADDON may be relative to the working directory", () => {
  using directory = new Directory();
  copyTo(directory.path);
  const said = importError(directory.path, "index", here, { BERKELEY_ADDON: "elsewhere/b.node" });
  const missing = join(directory.path, "elsewhere/b.node");
  assert.equal(said, `berkeley: no module at BERKELEY_ADDON, ${missing}`);

  const addon = join(root, `prebuilds/linux-${process.arch}/berkeley.node`);
  const program = "import('./dist/index.js').then(({ socketpair }) => socketpair())";
  const { status, stderr } = spawnSync(process.execPath, ["-e", program], {
    cwd: directory.path,
    env: { ...process.env, BERKELEY_ADDON: relative(directory.path, addon) },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
});
