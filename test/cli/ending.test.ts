/** How the program ends: Ctrl-C, a path to remove, a reader that goes away. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, unlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { berkeley, main, Running, scratchPath, serverOnPort } from "./program.js";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends a server that has clients, cleanly`, async (t) => {
    const { server, port } = await serverOnPort(t);
    const clients = [berkeley(t, "client", "--port", port), berkeley(t, "client", "--port", port)];
    for (const client of clients) await client.says("请输入要发送的内容");
    server.kill(signal);
    const { code, stdout, stderr } = await server.ended();
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /\[1\] .* left: the server ended\n/);
    assert.match(stdout, /\nended\n$/);
    for (const client of clients) assert.equal((await client.ended()).code, 1);
    // The port is free again at once, although its connections are not forgotten yet.
    await berkeley(t, "server", "--port", port).says("listening on");
  });
}

for (const udp of [[], ["--udp"]]) {
  test(`Ctrl-C removes the Unix path that the server made ${udp}`, async (t) => {
    const path = scratchPath(t);
    const server = berkeley(t, "server", "--unix", path, ...udp);
    await server.says("listening on");
    assert.ok(existsSync(path));
    server.kill("SIGINT");
    assert.equal((await server.ended()).code, 0);
    assert.ok(!existsSync(path));
  });
}

test("a path that somebody else made since is not removed", async (t) => {
  const path = scratchPath(t);
  const server = berkeley(t, "server", "--unix", path);
  await server.says("listening on");
  unlinkSync(path);
  // The old file's inode number is free, and the next file could get it: have another file take it first.
  writeFileSync(`${path}.other`, "");
  writeFileSync(path, "");
  server.kill("SIGINT");
  assert.equal((await server.ended()).code, 0);
  assert.ok(existsSync(path));
});

test("a server whose output nobody reads any more ends, and removes its path", async (t) => {
  const path = scratchPath(t);
  const line = `"$0" "$1" server --unix "$2" | head -1`;
  const server = new Running(t, "sh", ["-c", line, process.execPath, main, path]);
  await server.says("listening on");
  await berkeley(t, "client", "--unix", path).end("q").ended();
  await server.ended();
  assert.ok(!existsSync(path));
});

for (const args of [
  ["nc", "127.0.0.1"],
  ["nc", "-w", "60", "127.0.0.1"],
]) {
  test(`what nobody reads any more ends quietly: ${args.join(" ")}`, async (t) => {
    const endless = createServer((sock) => {
      const more = () =>
        void (sock.write("x".repeat(1000) + "\n".repeat(1000)) ? setImmediate(more) : 0);
      sock.on("drain", more).on("error", () => {});
      more();
    });
    endless.listen(0, "127.0.0.1");
    await once(endless, "listening");
    t.after(() => endless.close());
    const { port } = endless.address() as AddressInfo;
    const line = `"$0" "$@" | head -1`;
    const words = ["-c", line, process.execPath, main, ...args, String(port)];
    const { code, stdout, stderr } = await new Running(t, "sh", words).ended();
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: `${"x".repeat(1000)}\n`, stderr: "" },
    );
  });
}

/** A device that takes nothing: every write to it fails with ENOSPC. */
const FULL = "/dev/full";

for (const args of [["server", "--port", "0"], ["families"], ["ss", "-s"], ["nc", "--help"]]) {
  test(`output that cannot be written is one line: ${args.join(" ")}`, {
    skip: existsSync(FULL) ? false : `needs ${FULL}`,
  }, async (t) => {
    const words = ["-c", `exec "$0" "$@" >${FULL}`, process.execPath, main, ...args];
    const { code, stderr } = await new Running(t, "sh", words).ended();
    assert.deepEqual(
      { code, stderr },
      { code: 1, stderr: "berkeley: cannot write: no space left on device\n" },
    );
  });
}
