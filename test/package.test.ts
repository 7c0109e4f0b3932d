import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { Worker } from "node:worker_threads";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";

const root = dirname(createRequire(import.meta.url).resolve("berkeley/package.json"));

// The time that an import takes is the number of its files, above all.
test("the ES modules are a file a face, what they share, and the constants", () => {
  const modules = readdirSync(join(root, "dist")).filter((name) => name.endsWith(".js"));
  assert.deepEqual(modules.sort(), ["constants.generated.js", "index.js", "shared.js", "sync.js"]);
});

test("the bundle's classes keep their names, and the faces share the errors", () => {
  for (const face of [berkeley, sync]) {
    assert.deepEqual(
      [face.Socket, face.SocketError, face.TimeoutError, face.GaiError].map(({ name }) => name),
      ["Socket", "SocketError", "TimeoutError", "GaiError"],
    );
  }
  assert.equal(berkeley.SocketError, sync.SocketError);
  assert.equal(berkeley.constants, sync.constants);
});

test("both faces have the same names, in both module formats", () => {
  const names = Object.keys(berkeley).sort();
  assert.ok(names.length > 2000);
  assert.deepEqual(Object.keys(sync).sort(), names);
  const require = createRequire(import.meta.url);
  for (const file of ["index.js", "sync.js"]) {
    const old = Object.keys(require(join(root, "dist-cjs", file)));
    assert.deepEqual(old.filter((name) => name !== "__esModule").sort(), names);
  }
});

test("the declarations bring Node's types, which no compiler takes of itself since TypeScript 6", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "types-"));
  t.after(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(root, join(dir, "node_modules/berkeley"));
  const program = (entry: string): string => `
    import { socketpair } from "${entry}";
    const [sock] = socketpair();
    const data = await sock.recv(1);
    const length: number = data.length;
    // @ts-expect-error a Buffer, and not any
    data.nonsense(length);
    export {};`;
  writeFileSync(join(dir, "later.mts"), program("berkeley"));
  writeFileSync(join(dir, "now.mts"), program("berkeley/sync"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
  const args = [tsc, ...options, "later.mts", "now.mts"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: dir, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});

test("the main thread and workers know which they are", async () => {
  const script = `
    const { parentPort, workerData } = require("node:worker_threads");
    parentPort.postMessage(require(workerData).isMainThread());`;
  const addon = join(root, "native/addon.cjs");
  const worker = new Worker(script, { eval: true, workerData: addon });
  const answer = await new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  assert.equal(answer, false);
  assert.equal(createRequire(import.meta.url)(addon).isMainThread(), true);
});
