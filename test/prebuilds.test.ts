import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Directory, root } from "./support/machine.js";

/** A compiler that writes no more of a module than the scripts look at: the ELF header of a processor. */
const compilerFor = (machine: number) => `#!/bin/sh
while [ "$1" != -o ]; do shift; done
printf '\\177ELF\\002\\001\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\003\\0\\${machine.toString(8)}\\0' > "$2"
`;

/** A checkout with what the native core is built from, and two compilers. */
class Checkout extends Directory {
  constructor() {
    super();
    for (const name of ["scripts", "native", "package.json"]) {
      cpSync(join(root, name), join(this.path, name), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    symlinkSync(join(root, "node_modules"), join(this.path, "node_modules"));
    writeFileSync(join(this.path, "cc-x64"), compilerFor(62), { mode: 0o755 });
    writeFileSync(join(this.path, "cc-arm64"), compilerFor(183), { mode: 0o755 });
  }

  /** What a script says, and how it ended. */
  run(name: string, args: string[], cc = "") {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(this.path, "scripts", name), ...args],
      { encoding: "utf8", env: { ...process.env, CC: join(this.path, cc) } },
    );
    assert.equal(stdout, "");
    return [status, stderr] as const;
  }

  build = (target: string, cc: string) =>
    this.run("build-native.mjs", ["--target", target, "--force"], cc);

  module = (target: string) => join(this.path, "prebuilds", target, "berkeley.node");
}

test("a native module is built for the target that is named, or not at all", () => {
  using checkout = new Checkout();
  assert.deepEqual(checkout.build("linux-arm64", "cc-arm64"), [0, ""]);
  assert.equal(readFileSync(checkout.module("linux-arm64")).readUInt16LE(18), 183);
  assert.deepEqual(checkout.build("linux-x64", "cc-x64"), [0, ""]);

  const [status, stderr] = checkout.build("linux-arm64", "cc-x64");
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^build-native: .*cc-x64 builds for linux-x64, not for linux-arm64: set CC to a cross-compiler, as in CC=aarch64-linux-gnu-gcc\n$/,
  );
  assert.equal(existsSync(checkout.module("linux-arm64")), false);
  assert.ok(existsSync(checkout.module("linux-x64")));
});

test("what was built for another processor is built again", () => {
  using checkout = new Checkout();
  checkout.build("linux-x64", "cc-x64");
  mkdirSync(join(checkout.path, "prebuilds/linux-arm64"));
  cpSync(checkout.module("linux-x64"), checkout.module("linux-arm64"));
  const target = ["--target", "linux-arm64"];
  assert.deepEqual(checkout.run("build-native.mjs", target, "cc-arm64"), [0, ""]);
  assert.equal(readFileSync(checkout.module("linux-arm64")).readUInt16LE(18), 183);
  assert.deepEqual(checkout.run("build-native.mjs", target, "no-compiler"), [0, ""], "up to date");
});

test("an unknown target is an error, which names those there are", () => {
  using checkout = new Checkout();
  assert.deepEqual(checkout.build("linux-mips", "cc-x64"), [
    1,
    "build-native: no target linux-mips; there are linux-x64, linux-arm64; see --help\n",
  ]);
  assert.equal(existsSync(join(checkout.path, "prebuilds")), false);
});

test("nothing is published without a module for each processor of package.json, and packed with a warning", () => {
  using checkout = new Checkout();
  checkout.build("linux-x64", "cc-x64");
  const lack =
    "package\\.json promises linux-arm64, whose native module is not built: .*npm run build:native.*\n$";
  const [status, stderr] = checkout.run("check-prebuilds.mjs", []);
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`^check-prebuilds: ${lack}`));
  const [packs, warning] = checkout.run("check-prebuilds.mjs", ["--warn"]);
  assert.equal(packs, 0);
  assert.match(warning, new RegExp(`^warning: .*: ${lack}`));

  checkout.build("linux-arm64", "cc-arm64");
  assert.deepEqual(checkout.run("check-prebuilds.mjs", []), [0, ""]);
  assert.deepEqual(checkout.run("check-prebuilds.mjs", ["--warn"]), [0, ""]);

  cpSync(checkout.module("linux-arm64"), checkout.module("linux-x64"));
  assert.match(
    checkout.run("check-prebuilds.mjs", [])[1],
    /linux-x64, .* is for another processor/,
  );
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.deepEqual(
    [scripts.prepublishOnly, scripts.postpack],
    ["node scripts/check-prebuilds.mjs", "node scripts/check-prebuilds.mjs --warn"],
  );
});
