/** Whatever goes wrong, there is one clear line on stderr, and exit status 1. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { berkeley, main, Running, root, scratchPath, serverOnPort } from "./program.js";

/** Checks that the program ends with status 1 and a single line on stderr; returns that line. */
async function failure(program: Running): Promise<string> {
  const { code, signal, stdout, stderr } = await program.end().ended();
  assert.deepEqual({ code, signal, stdout }, { code: 1, signal: null, stdout: "" }, stderr);
  assert.match(stderr, /^[^\n]+\n$/, "one line");
  return stderr;
}

/** A port of loopback that was free a moment ago. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

for (const udp of [[], ["--udp"]]) {
  test(`a port in use ${udp}`, async (t) => {
    const { port } = await serverOnPort(t, ...udp);
    const line = await failure(berkeley(t, "server", "--port", port, ...udp));
    assert.match(line, RegExp(`^berkeley: 127.0.0.1:${port} is in use: .*--port`));
  });
}

test("a refused connection", async (t) => {
  const port = await freePort();
  const line = await failure(berkeley(t, "client", "--port", port));
  assert.match(
    line,
    RegExp(`nothing listens on 127.0.0.1:${port}: .*berkeley server --port ${port}`),
  );
});

test("a refused datagram", async (t) => {
  const port = await freePort();
  const client = berkeley(t, "client", "--port", port, "--udp").end("你好\nq\n");
  const { code, stderr } = await client.ended();
  assert.equal(code, 1);
  assert.match(stderr, RegExp(`^berkeley: nothing listens on .* --port ${port} --udp\\)\n$`));
});

test("a missing path", async (t) => {
  const path = scratchPath(t, "it's not there");
  const line = await failure(berkeley(t, "client", "--unix", path));
  assert.match(line, /there is no socket .*: start a server there first/);
  assert.ok(line.includes("it'\\''s not there'"), "the command to type quotes it for a shell");
});

test("a missing directory", async (t) => {
  const path = join(scratchPath(t), "s");
  assert.match(await failure(berkeley(t, "server", "--unix", path)), /directory does not exist/);
});

test("a path that is taken is left alone", async (t) => {
  const path = scratchPath(t);
  writeFileSync(path, "");
  assert.match(await failure(berkeley(t, "server", "--unix", path)), RegExp(`rm ${path}`));
  assert.ok(existsSync(path));
});

test("a path with nobody behind it", async (t) => {
  const path = scratchPath(t);
  const server = berkeley(t, "server", "--unix", path);
  await server.says("listening");
  server.kill("SIGKILL"); // so that it cannot remove its path
  await server.ended();
  assert.match(await failure(berkeley(t, "client", "--unix", path)), /nothing listens on/);
});

for (const udp of [[], ["--udp"]]) {
  test(`a path that is no socket ${udp}`, async (t) => {
    const path = scratchPath(t);
    writeFileSync(path, "");
    const line = await failure(berkeley(t, "client", "--unix", path, ...udp));
    assert.match(line, RegExp(`^berkeley: ${path} is not a socket, `));
  });
}

test("a Unix socket of the other type", async (t) => {
  const path = scratchPath(t);
  await berkeley(t, "server", "--unix", path, "--udp").says("listening");
  assert.match(await failure(berkeley(t, "client", "--unix", path)), /another type: add --udp/);
});

test("a path too long", async (t) => {
  const path = `/tmp/${"x".repeat(200)}`;
  for (const side of ["server", "client"]) {
    assert.match(await failure(berkeley(t, side, "--unix", path)), /108|107/, side);
  }
});

test("an unknown host", async (t) => {
  for (const side of ["server", "client"]) {
    const line = await failure(berkeley(t, side, "--host", "no.such.host.invalid"));
    assert.match(line, /cannot find the host "no\.such\.host\.invalid": /);
  }
});

test("an address of one link without its interface", async (t) => {
  for (const args of [["server"], ["client"], ["client", "--udp"]]) {
    const line = await failure(berkeley(t, ...args, "--host", "fe80::1"));
    assert.match(line, /^berkeley: fe80::1 is valid on one link only: add %INTERFACE/);
  }
});

test("an address of another machine", async (t) => {
  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  const line = await failure(berkeley(t, "server", "--host", "192.0.2.1"));
  assert.match(line, /192\.0\.2\.1:9999 is not an address of this machine: .*--host/);
});

/** Root may do anything: another user to be, so that a permission is denied. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const nobodyReads =
  spawnSync(process.execPath, ["-e", "fs.readFileSync(process.argv[1])", main], nobody).status === 0
    ? false
    : "needs a checkout that user 65534 can read";

test("permission denied", { skip: nobodyReads }, async (t) => {
  const path = scratchPath(t);
  chmodSync(dirname(path), 0o555);
  const args = [main, "server", "--unix", path];
  const line = await failure(new Running(t, process.execPath, args, nobody));
  assert.match(line, /no permission to make .*: choose a directory/);
});

test("wrong options", async (t) => {
  assert.match(await failure(berkeley(t, "server", "--port", "x")), /0 to 65535/);
  assert.match(await failure(berkeley(t, "server", "--port", "65536")), /0 to 65535/);
  assert.match(await failure(berkeley(t, "client", "--unix", "/x", "--port", "1")), /--port/);
  assert.match(await failure(berkeley(t, "server", "--unix", "")), /a path, or @NAME/i);
  assert.match(await failure(berkeley(t, "client", "--udp", "--connect-only")), /--udp/);
  assert.match(await failure(berkeley(t, "tutorail")), /tutorail/);
  for (const program of ["1 6 0 0", "1 6 0 0 4294967296", "2 6 0 0 0", "x"]) {
    const line = await failure(berkeley(t, "dump", "-i", "lo", "--bpf", program));
    assert.match(line, /--bpf: give what tcpdump -ddd prints/);
  }
  const bpf = ["dump", "--bpf", "1 6 0 0 0"];
  assert.match(await failure(berkeley(t, ...bpf)), /--bpf needs -i INTERFACE/);
  assert.match(await failure(berkeley(t, ...bpf, "-i", "lo", "tcp")), /a filter or --bpf/);
  assert.match(await failure(berkeley(t, "dump", "-i", "")), /-i needs the name/);
});

test("--help of the program and of each command shows examples", async (t) => {
  for (const args of [[], ["server"], ["client"], ["tutorial"]]) {
    const { code, stdout } = await berkeley(t, ...args, "--help").ended();
    assert.equal(code, 0);
    assert.match(stdout, /\nExamples:\n {2}.*berkeley /);
  }
});

/** The description in a command's --help, above its arguments and options, at a terminal of so many
 *  columns. */
async function described(t: TestContext, columns: number, args: readonly string[]) {
  const wide = `data:text/javascript,Object.assign(process.stdout,{isTTY:true,columns:${columns}})`;
  const program = new Running(t, process.execPath, ["--import", wide, main, ...args, "--help"]);
  const { stdout } = await program.ended();
  return stdout.slice(stdout.indexOf("\n\n"), stdout.search(/\n\n(Arguments|Options):/));
}

test("at 80 columns no line of --help's description is broken once more", async (t) => {
  const names = "server client tutorial nc ping families ss trace dump".split(" ");
  for (const args of [[], ...names.map((name) => [name])]) {
    const [narrow, wide] = [await described(t, 80, args), await described(t, 200, args)];
    assert.ok(wide.length > 50, wide);
    assert.equal(narrow, wide);
  }
});

test("--version is the package's", async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.equal((await berkeley(t, "--version").ended()).stdout, `${version}\n`);
});

for (const args of [
  ["ping", "-c", "\x1b[2J", "localhost"],
  ["\x1b[2J"],
  ["dump", "-i", "\x1b[2J"],
]) {
  test(`control characters of an argument are shown, not obeyed: ${JSON.stringify(args)}`, async (t) => {
    const line = await failure(berkeley(t, ...args));
    assert.ok(line.includes("\\x1b[2J"), line);
  });
}
