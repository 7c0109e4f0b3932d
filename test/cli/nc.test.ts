/** `berkeley nc`, with netcat and Python on the other side, both ways round. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { constants } from "node:os";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  AF_INET,
  AF_UNIX,
  createConnection,
  getOption,
  createServer as listen,
  MSG_DONTWAIT,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  setOption,
  socket,
  TimeoutError,
} from "berkeley";
import { fullListener } from "../support/connected.js";
import { without } from "../support/peers.js";
import { memoryIsOdd } from "../support/process.js";
import {
  berkeley,
  berkeleyWords,
  inNamespace,
  main,
  noNamespace,
  noPython,
  Running,
  scratchPath,
  shellWords,
} from "./program.js";

/** The data that is sent: longer than a socket's buffers, and not text. */
const BYTES = "0123456789abcdef\u0000\u0001é".repeat(50_000);

/** The exit status of a program that cleans up after SIGTERM. */
const TERMINATED = 128 + constants.signals.SIGTERM;

/** Checks that it ends because of the signal, and says nothing. */
async function isTerminated(nc: Running): Promise<void> {
  const ended = { code: TERMINATED, signal: null, stdout: "", stderr: "" };
  assert.deepEqual(await nc.ended(), ended);
}

/** `berkeley nc -lv … 0` on a port that the kernel picks. */
async function listening(t: Parameters<typeof berkeley>[0], ...args: string[]) {
  const nc = berkeley(t, "nc", "-lv", ...args, "127.0.0.1", "0");
  const [, port] = await nc.says(/listening on 127.0.0.1:(\d+)/);
  return { nc, port: port as string };
}

test("both ends are ours: each sends to its end and hears the other's", async (t) => {
  const { nc: server, port } = await listening(t);
  const client = berkeley(t, "nc", "127.0.0.1", port).end(BYTES);
  server.end("answer");
  const [heard, said] = await Promise.all([server.ended(), client.ended()]);
  assert.equal(heard.code, 0, heard.stderr);
  assert.ok(heard.stdout === BYTES, "every byte arrived");
  assert.deepEqual(said, { code: 0, signal: null, stdout: "answer", stderr: "" });
});

test("netcat connects to us", { skip: without.nc }, async (t) => {
  const { nc: server, port } = await listening(t);
  const client = new Running(t, "nc", ["-N", "127.0.0.1", port]).end(BYTES);
  server.end("answer");
  const [heard, said] = await Promise.all([server.ended(), client.ended()]);
  assert.ok(heard.stdout === BYTES);
  assert.equal(said.stdout, "answer");
});

test("we connect to netcat", { skip: without.nc }, async (t) => {
  const server = new Running(t, "nc", ["-lv", "-N", "127.0.0.1", "0"]);
  const [, port] = await server.says(/Listening on \S+ (\d+)/);
  const client = berkeley(t, "nc", "127.0.0.1", port as string);
  await server.says(/Connection received/);
  server.end("answer");
  client.end(BYTES);
  const [heard, said] = await Promise.all([server.ended(), client.ended()]);
  assert.ok(heard.stdout === BYTES);
  assert.deepEqual(said, { code: 0, signal: null, stdout: "answer", stderr: "" });
});

for (const flags of [["-U"], ["-U", "-u"]]) {
  test(`netcat and we at a path: ${flags.join(" ")}`, { skip: without.nc }, async (t) => {
    const path = scratchPath(t);
    const server = berkeley(t, "nc", "-lv", ...flags, path);
    await server.says("listening");
    // Otherwise netcat makes a path of its own in /tmp, and leaves it there.
    const own = flags.includes("-u") ? ["-s", `${path}-client`] : [];
    const client = new Running(t, "nc", [...flags, ...own, "-N", path]).end("hello\n");
    await server.says("hello");
    server.type("back\n");
    await client.says("back");
    server.kill("SIGTERM");
    assert.equal((await server.ended()).code, TERMINATED);
    client.kill("SIGTERM");
    await client.ended();
    const again = berkeley(t, "nc", "-lv", ...flags, path);
    await again.says("listening"); // the path had been removed
  });
}

for (const type of [["-u"], ["--seqpacket"], []]) {
  test(`-U -s: what is connected from its own path ${type}`, async (t) => {
    const path = scratchPath(t);
    const own = `${path}-client`;
    const server = berkeley(t, "nc", "-lvU", ...type, path);
    await server.says("listening");
    const client = berkeley(t, "nc", "-U", ...type, "-s", own, path);
    client.type("hello\n");
    await server.says("hello\n");
    await server.says(RegExp(`(connection|datagrams) from ${own}\n`));
    server.type("back\n");
    await client.says("back\n");
    client.kill("SIGTERM");
    await client.ended();
    assert.ok(!existsSync(own));
  });
}

test("-U -s leaves no path where there is no connection, and none that was there", async (t) => {
  const path = scratchPath(t);
  const refused = await berkeley(t, "nc", "-U", "-s", `${path}-client`, path).ended();
  assert.match(refused.stderr, /^berkeley: cannot connect to [^\n]+ \(ENOENT\)\n$/);
  assert.ok(!existsSync(`${path}-client`));
  await berkeley(t, "nc", "-lvU", path).says("listening");
  const taken = await berkeley(t, "nc", "-U", "-s", path, path).ended();
  const why = "address already in use (EADDRINUSE)";
  assert.equal(taken.stderr, `berkeley: cannot connect from ${path}: ${why}\n`);
  assert.ok(existsSync(path));
  const zero = await berkeley(t, "nc", "-zU", "-s", `${path}-client`, path).ended();
  assert.deepEqual([zero.code, existsSync(`${path}-client`)], [0, false]);
});

test("a path with a newline is shown in one line, and removed", async (t) => {
  const path = scratchPath(t, "a\nb");
  const server = berkeley(t, "nc", "-lvU", path);
  await server.says("a\\x0ab\n");
  server.kill("SIGTERM");
  assert.equal((await server.ended()).code, TERMINATED);
  assert.ok(!existsSync(path));
});

test("datagrams to netcat and back", { skip: without.nc }, async (t) => {
  const server = new Running(t, "nc", ["-luv", "127.0.0.1", "0"]);
  const [, port] = await server.says(/Bound on \S+ (\d+)/);
  const client = berkeley(t, "nc", "-u", "-w", "3", "127.0.0.1", port as string);
  client.type("one\n");
  await server.says("one");
  server.type("two\n");
  await client.says("two");
  assert.equal((await client.end().ended()).code, 0);
});

for (const [how, own] of [
  ["without a path", false],
  ["whose path is removed", true],
] as const) {
  for (const flags of ["-lvuU", "-lkvuU"]) {
    test(`nothing is lost of a sender ${how} that has gone, ${flags}`, async (t) => {
      const path = scratchPath(t);
      const server = berkeley(t, "nc", flags, path).end("answer");
      await server.says("listening");
      server.kill("SIGSTOP");
      const from = own ? ["-s", `${path}-client`] : [];
      const client = berkeley(t, "nc", "-uU", "-q", "0", ...from, path).end("x".repeat(40_000));
      assert.equal((await client.ended()).code, 0);
      server.kill("SIGCONT");
      await server.says(/^x{40000}$/);
      await berkeley(t, "nc", "-uU", "-q", "0", path).end("more").ended();
      await server.says(/^x{40000}more$/); // it goes on, although its answer reached nobody
    });
  }
}

test("netcat sends us datagrams", { skip: without.nc }, async (t) => {
  const { nc: server, port } = await listening(t, "-u");
  const client = new Running(t, "nc", ["-u", "127.0.0.1", port]);
  client.type("one\n");
  await server.says("one");
  server.type("two\n");
  await client.says("two");
});

test("with -k every sender of datagrams is heard, and the last is answered", async (t) => {
  const { nc: server, port } = await listening(t, "-uk");
  const one = berkeley(t, "nc", "-u", "127.0.0.1", port);
  const two = berkeley(t, "nc", "-u", "127.0.0.1", port);
  one.type("one\n");
  await server.says("one");
  two.type("two\n");
  await server.says("two\n");
  await server.says(/(datagrams from .*\n){2}$/);
  server.type("to two\n");
  await two.says("to two");
  assert.equal(one.stdout, "");
});

test("without -k who comes second is refused, and the end of the first is the end", async (t) => {
  const { nc: server, port } = await listening(t);
  const conn = await createConnection(["127.0.0.1", Number(port)]);
  await server.says("connection from");
  const second = createConnection(["127.0.0.1", Number(port)]);
  await assert.rejects(second, { code: "ECONNREFUSED" });
  await conn.sendall("hello");
  conn.close();
  // Though its stdin goes on.
  const { code, stdout } = await server.ended();
  assert.deepEqual([code, stdout], [0, "hello"]);
});

test("with -k a connection that is lost is not the last", async (t) => {
  const { nc: server, port } = await listening(t, "-k");
  const conn = await createConnection(["127.0.0.1", Number(port)]);
  await server.says("connection from");
  setOption(conn, "SO_LINGER", { onoff: true, seconds: 0 });
  conn.close();
  await server.says(/lost 127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)\n/);
  await berkeley(t, "nc", "127.0.0.1", port).end("hello").ended();
  await server.says("hello");
});

test("its port is free again at once, though a connection is not forgotten", async (t) => {
  const { nc: server, port } = await listening(t);
  const conn = await createConnection(["127.0.0.1", Number(port)]);
  t.after(() => conn.close());
  await server.says("connection from");
  server.kill("SIGTERM");
  await server.ended();
  await berkeley(t, "nc", "-lv", "127.0.0.1", port).says("listening on");
});

test("an empty datagram is not the end", async (t) => {
  const { nc: server, port } = await listening(t, "-u");
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  await sock.connect(["127.0.0.1", Number(port)]);
  for (const message of ["one", "", "two"]) await sock.send(message);
  await server.says("onetwo");
});

test("-w ends what nobody accepts", async (t) => {
  const path = scratchPath(t);
  const full = await fullListener(path);
  t.after(() => full.forEach((one) => void one.close()));
  const { code, stderr } = await berkeley(t, "nc", "-w", "0.2", "-U", path).ended();
  assert.deepEqual([code, stderr], [1, `berkeley: cannot connect to ${path}: no answer in time\n`]);
});

test("--no-shutdown does not tell of the end of stdin", async (t) => {
  const listener = listen(["127.0.0.1", 0]);
  t.after(() => listener.close());
  const port = `${listener.getsockname()[1]}`;
  const client = berkeley(t, "nc", "--no-shutdown", "127.0.0.1", port).end("hello");
  const [conn] = await listener.accept();
  assert.equal(String(await conn.recv(99)), "hello");
  conn.settimeout(0.5);
  await assert.rejects(conn.recv(99), TimeoutError);
  await conn.sendall("answer");
  conn.close();
  assert.equal((await client.ended()).stdout, "answer");
});

test("with -k one connection after the other", async (t) => {
  const { nc: server, port } = await listening(t, "-k");
  for (const word of ["one", "two"]) {
    const { code } = await berkeley(t, "nc", "127.0.0.1", port).end(word).ended();
    assert.equal(code, 0);
  }
  server.kill("SIGTERM");
  const { code, stdout } = await server.ended();
  assert.deepEqual([code, stdout], [TERMINATED, "onetwo"]);
});

const PYTHON_SEQPACKET = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1]); s.listen(); print("ready", flush=True)
c, _ = s.accept()
while data := c.recv(65536):
    c.sendall(str(len(data)).encode() + b"\\n")
`;

test("seqpacket with Python, half-closed at the end of stdin", { skip: noPython }, async (t) => {
  const path = scratchPath(t);
  const server = new Running(t, "python3", ["-c", PYTHON_SEQPACKET, path]);
  await server.says("ready");
  const client = berkeley(t, "nc", "-U", "--seqpacket", path).end("x".repeat(100));
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "100\n", stderr: "" });
  assert.equal((await server.ended()).code, 0);
});

const PYTHON_CLIENT = `
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"hello"); s.shutdown(socket.SHUT_WR)
print(s.makefile().read())
`;

test("a Python client that half-closes still hears our stdin", { skip: noPython }, async (t) => {
  const { nc: server, port } = await listening(t);
  server.end("answer");
  const client = new Running(t, "python3", ["-c", PYTHON_CLIENT, port]);
  assert.equal((await client.ended()).stdout, "answer\n");
  assert.equal((await server.ended()).stdout, "hello");
});

const noMptcp = existsSync("/proc/sys/net/mptcp") ? false : "needs a kernel with MPTCP";

test("--proto mptcp, which getaddrinfo does not know", { skip: noMptcp }, async (t) => {
  const { nc: server, port } = await listening(t, "--proto", "mptcp");
  const client = berkeley(t, "nc", "--proto", "mptcp", "localhost", port).end("hello");
  server.end();
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "", stderr: "" });
  assert.equal((await server.ended()).stdout, "hello");
});

test("-z tells open ports from closed ones", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const open = await berkeley(t, "nc", "-z", "127.0.0.1", String(port)).ended();
  assert.deepEqual(open, { code: 0, signal: null, stdout: "", stderr: "" });

  const said = await berkeley(t, "nc", "-zv", "127.0.0.1", String(port)).ended();
  assert.deepEqual([said.stdout, said.stderr], ["", `127.0.0.1:${port} open\n`]);

  const range = await berkeley(t, "nc", "-zv", "127.0.0.1", `${port}-${port + 1}`).ended();
  assert.equal(range.code, 0, "one is open");
  assert.match(range.stderr, RegExp(`^127.0.0.1:${port} open\n[^\n]*127.0.0.1:${port + 1}\\b`));

  const { stdout } = await berkeley(t, "nc", "-z", "--json", "127.0.0.1", String(port)).ended();
  const row = { host: "127.0.0.1", address: ["127.0.0.1", port], open: true, code: null };
  assert.deepEqual(JSON.parse(stdout), [row]);

  await new Promise((resolve) => server.close(resolve));
  const closed = await berkeley(t, "nc", "-zv", "127.0.0.1", String(port)).ended();
  assert.equal(closed.code, 1);
  assert.match(closed.stderr, /^berkeley: cannot connect to 127.0.0.1:\d+: .*\(ECONNREFUSED\)\n$/);
});

test("a signal ends --json with the ports so far", async (t) => {
  const heard = socket(AF_INET, SOCK_DGRAM);
  t.after(() => heard.close());
  heard.bind(["127.0.0.1", 0]);
  const [host, port] = heard.getsockname();
  const nc = berkeley(t, "nc", "-zu", "--json", host, `${port}-65535`);
  // This is the last that a port gets, before the next port.
  while ((await heard.recv(16)).length > 0);
  nc.kill("SIGTERM");
  const { code, stdout } = await nc.ended();
  assert.deepEqual(JSON.parse(stdout)[0], { host, address: [host, port], open: true, code: null });
  assert.equal(code, 143);
});

/** Resets each connection after its first byte. */
const PYTHON_RESETS = `
import socket, struct
s = socket.create_server(("fd02::2", 91), family=socket.AF_INET6)
print("ready", flush=True)
while True:
    c, _ = s.accept(); c.recv(1)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()
`;

test("of a name's addresses the one that answers is named", {
  skip: noNamespace || noPython,
}, () => {
  const output = inNamespace(`mount -t tmpfs none /mnt
    printf '10.2.0.2 dual\nfd02::2 dual\n' > /mnt/hosts; mount --bind /mnt/hosts /etc/hosts
    ip link set lo up; ip addr add 10.2.0.2/32 dev lo; ip addr add fd02::2/128 dev lo nodad
    python3 -c '${PYTHON_RESETS}' > /mnt/said & trap "kill $!" EXIT
    until test -s /mnt/said; do sleep 0.05; done
    nc() { ${berkeleyWords} nc "$@" 2>&1 || true; }
    nc -zv dual 91; nc -z --json dual 91; echo x | nc -v dual 91; nc -z dual 92`);
  const rows = '[\n  {"host":"dual","address":["fd02::2",91,0,0],"open":true,"code":null}\n]';
  const lines = [
    "[fd02::2]:91 open",
    rows,
    "connected to [fd02::2]:91",
    "berkeley: the connection to [fd02::2]:91 is lost: connection reset by peer (ECONNRESET)",
    "berkeley: cannot connect to [fd02::2]:92: connection refused (ECONNREFUSED)",
  ];
  assert.equal(output, lines.map((line) => `${line}\n`).join(""));
});

test("the interface is shown with the address of a link", { skip: noNamespace }, () => {
  const output = inNamespace(`mount -t tmpfs none /mnt
    ip link set lo up; ip addr add fe80::7/64 dev lo nodad
    nc() { ${berkeleyWords} nc "$@"; }
    nc -lv fe80::7%lo 91 2> /mnt/server & until test -s /mnt/server; do sleep 0.05; done
    nc -v fe80::7%lo 91; wait; sed 's/:[0-9]*$/:PORT/' /mnt/server`);
  assert.deepEqual(output.split("\n").sort(), [
    "",
    "connected to [fe80::7%lo]:91",
    "connection from [fe80::7%lo]:PORT",
    "listening on [fe80::7%lo]:PORT",
  ]);
});

test("-l with -s HOST and -p PORT, as other netcats have it", async (t) => {
  const server = berkeley(t, "nc", "-lv", "-s", "127.0.0.1", "-p", "0");
  const [, port] = await server.says(/listening on 127.0.0.1:(\d+)/);
  await berkeley(t, "nc", "127.0.0.1", port as string)
    .end("hello")
    .ended();
  assert.equal((await server.end().ended()).stdout, "hello");
});

const noServices = existsSync("/etc/services") ? false : "needs /etc/services";

for (const [flags, name, port] of [
  ["-z", "domain", 53],
  ["-zu", "tftp", 69],
] as const) {
  test(`a service's name is its port: ${flags} ${name}`, { skip: noServices }, async (t) => {
    const { stdout } = await berkeley(t, "nc", flags, "--json", "127.0.0.1", name).ended();
    assert.deepEqual(JSON.parse(stdout)[0].address, ["127.0.0.1", port]);
  });
}

test("-zu tells of a port that refuses", async (t) => {
  const sock = socket(AF_INET, SOCK_DGRAM);
  sock.bind(["127.0.0.1", 0]);
  const [, port] = sock.getsockname();
  sock.close();
  const { code, stderr } = await berkeley(t, "nc", "-zu", "127.0.0.1", `${port}`).ended();
  assert.equal(code, 1);
  assert.match(stderr, /^berkeley: cannot connect to 127\.0\.0\.1:\d+: [^\n]+ \(ECONNREFUSED\)\n$/);
});

test("without a host it listens on all addresses", async (t) => {
  // Nobody connects: all addresses are more than loopback's.
  await berkeley(t, "nc", "-lv4", "0").says(/listening on 0\.0\.0\.0:\d+\n/);
});

test("a port to connect from that is taken is named", async (t) => {
  const { port } = await listening(t);
  const { stderr } = await berkeley(t, "nc", "-p", port, "127.0.0.1", port).ended();
  const why = "address already in use (EADDRINUSE)";
  assert.equal(stderr, `berkeley: cannot connect from port ${port}: ${why}\n`);
});

test("-q ends after stdin does, though the other side goes on", async (t) => {
  const { nc: server, port } = await listening(t);
  const client = berkeley(t, "nc", "-q", "0.1", "127.0.0.1", port).end("hello");
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "", stderr: "" });
  await server.says("hello");
  server.end();
  assert.equal((await server.ended()).code, 0);
});

test("-q does not keep what the other side has ended", async (t) => {
  const { nc: server, port } = await listening(t);
  server.end("answer");
  const client = berkeley(t, "nc", "-q", "3600", "127.0.0.1", port).end("hello");
  assert.equal((await client.ended()).stdout, "answer");
});

test("-C sends each newline as CRLF, once", async (t) => {
  const { nc: server, port } = await listening(t);
  const client = berkeley(t, "nc", "-C", "127.0.0.1", port);
  client.type("one\ntwo\r\n\nthree\r");
  await server.says("three");
  client.end("\n\n");
  assert.equal((await server.end().ended()).stdout, "one\r\ntwo\r\n\r\nthree\r\n\r\n");
});

test("-d does not read stdin, and hears the other side to its end", async (t) => {
  const { nc: server, port } = await listening(t);
  const client = berkeley(t, "nc", "-d", "127.0.0.1", port);
  client.type("unread");
  server.end("answer");
  assert.equal((await client.ended()).stdout, "answer");
  assert.equal((await server.ended()).stdout, "");
});

test("-w ends a conversation that is silent", async (t) => {
  const { port } = await listening(t);
  const client = berkeley(t, "nc", "-w", "0.2", "127.0.0.1", port);
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "", stderr: "" });
});

test("-w hears first what came while the program was stopped", async (t) => {
  const listener = listen(["127.0.0.1", 0]);
  t.after(() => listener.close());
  const client = berkeley(t, "nc", "-w", "1", "127.0.0.1", `${listener.getsockname()[1]}`);
  const [conn] = await listener.accept();
  client.type("begun");
  await conn.recv(100);
  client.kill("SIGSTOP");
  await delay(100);
  await conn.sendall("in time");
  await delay(1100);
  client.kill("SIGCONT");
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "in time", stderr: "" });
  conn.close();
});

/** Reads all that `conn` is sent, `size` bytes every 20 ms; returns how many bytes that was. */
async function readSlowly(conn: { recv(size: number): Promise<Buffer> }, size: number) {
  let heard = 0;
  for (;;) {
    const bytes = await conn.recv(size);
    if (bytes.length === 0) return heard;
    heard += bytes.length;
    await delay(20);
  }
}

test("-w does not end what a slow peer still takes", async (t) => {
  const path = scratchPath(t);
  const listener = socket(AF_UNIX, SOCK_STREAM);
  t.after(() => listener.close());
  listener.bind(path);
  listener.listen();
  // There is room for more only when three quarters of what was sent are taken: 1.6 s at this pace.
  const client = berkeley(t, "nc", "-w", "1.2", "-U", path).end("x".repeat(400_000));
  const [conn] = await listener.accept();
  assert.equal(await readSlowly(conn, 2_000), 400_000);
  conn.close();
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "", stderr: "" });
});

test("-w says so where it ends what a peer does not take", async (t) => {
  const listener = listen(["127.0.0.1", 0]);
  t.after(() => listener.close());
  const client = berkeley(t, "nc", "-w", "0.2", "127.0.0.1", `${listener.getsockname()[1]}`);
  client.end("x".repeat(20_000_000));
  const [conn] = await listener.accept();
  const stderr = "berkeley: the other side has made no room for 0.2 s: gave up\n";
  assert.deepEqual(await client.ended(), { code: 1, signal: null, stdout: "", stderr });
  conn.close();
});

/** Takes as much, ten times a second, and says how much there was. */
const PYTHON_SLOW = `
import os, time
heard = 0
while data := os.read(0, 16384):
    heard += len(data); time.sleep(0.1)
print(heard)
`;

test("-w does not end what a slow stdout still takes", { skip: noPython }, async (t) => {
  const { nc: server, port } = await listening(t);
  const line = `"$0" "$1" nc -d -w 1.2 127.0.0.1 ${port} | python3 -c "$2"`;
  const client = new Running(t, "sh", ["-c", line, process.execPath, main, PYTHON_SLOW]);
  server.end("x".repeat(600_000));
  assert.deepEqual(await client.ended(), { code: 0, signal: null, stdout: "600000\n", stderr: "" });
});

test("-w and a signal end it though stdout takes nothing", async (t) => {
  for (const [args, says] of [
    ["-w 1", /\nberkeley: stdout has made no room for 1 s: gave up\n1\n$/],
    ["", /^\d+\n143\n$/],
  ] as const) {
    const { nc: server, port } = await listening(t);
    server.end("x".repeat(1_000_000));
    // The shell prints its status, since the status of a pipe is that of its last program.
    const program = `"$0" "$1" nc -d ${args} 127.0.0.1 ${port}`;
    const line = `{ ${program} & echo $! >&2; wait $!; echo $? >&2; } | sleep 20`;
    const client = new Running(t, "sh", ["-c", line, process.execPath, main]);
    const [, pid] = await client.says(/(\d+)\n/);
    if (args === "") {
      await server.says("connection from");
      await delay(500); // until the pipe is full
      process.kill(Number(pid), "SIGTERM");
    }
    await client.says(says);
  }
});

test("what has come is printed, whatever else ends it", { skip: noPython }, async (t) => {
  const slow = `python3 -c "import sys, time; time.sleep(0.5); print(len(sys.stdin.buffer.read()))"`;
  for (const how of ["-q 0.1", "a lost connection"]) {
    const path = scratchPath(t);
    const listener = socket(AF_UNIX, SOCK_SEQPACKET);
    listener.bind(path);
    listener.listen();
    const program = `"$0" "$1" nc --seqpacket ${how.startsWith("-") ? how : ""} -U ${shellWords(path)}`;
    const line = `${program} 2>/dev/null | ${slow}`;
    const client = new Running(t, "sh", ["-c", line, process.execPath, main]);
    const [conn] = await listener.accept();
    await conn.send(Buffer.alloc(150_000, "x")); // a message is received in one piece
    while (getOption(conn, "SO_MEMINFO").wmemAlloc > 0) await delay(5);
    if (how.startsWith("-")) {
      client.end();
    } else {
      conn.close();
      client.type("x");
    }
    assert.equal((await client.ended()).stdout, "150000\n", how);
    conn.close();
    listener.close();
  }
});

test("what is sent is not kept", { skip: memoryIsOdd }, async (t) => {
  const sink = createServer((conn) => conn.resume()).listen(0, "127.0.0.1");
  t.after(() => sink.close());
  await new Promise((resolve) => sink.once("listening", resolve));
  const { port } = sink.address() as { port: number };
  const client = berkeley(t, "nc", "127.0.0.1", String(port));
  const peakMiB = () => {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${client.pid}/status`, "utf8")) ?? [];
    return Number(kib) / 1024;
  };
  const chunk = Buffer.alloc(1024 * 1024, "x");
  for (let sent = 0; sent < 50; sent++) await client.typed(chunk);
  const before = peakMiB();
  for (let sent = 0; sent < 150; sent++) await client.typed(chunk);
  assert.ok(peakMiB() < before + 75, `${before} MiB before, ${peakMiB()} behind`);
  client.end();
  assert.equal((await client.ended()).code, 0);
});

/** Waits until the process has a socket of its own. */
async function hasSocket(pid: number): Promise<void> {
  const isSocket = (fd: string) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // it has been closed meanwhile
    }
  };
  const own = () => readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) > 2);
  while (!own().some(isSocket)) await delay(20);
}

test("a signal ends it while it connects", async (t) => {
  const path = scratchPath(t);
  const full = await fullListener(path);
  t.after(() => full.forEach((one) => void one.close()));
  const client = berkeley(t, "nc", "-vU", path);
  await hasSocket(client.pid); // it is connecting
  client.kill("SIGTERM");
  await isTerminated(client);
});

test("a signal ends -z while it connects, or sends to a full queue, and removes its own path", async (t) => {
  const path = scratchPath(t);
  const full = { stream: `${path}-stream`, datagram: `${path}-datagram` };
  const [listener, first] = await fullListener(full.stream);
  const receiver = socket(AF_UNIX, SOCK_DGRAM);
  receiver.bind(full.datagram);
  const sender = socket(AF_UNIX, SOCK_DGRAM);
  await sender.connect(full.datagram);
  const isFull = async () => (await sender.send("x", MSG_DONTWAIT).catch(() => 0)) === 0;
  while (!(await isFull()));
  t.after(() => {
    for (const one of [listener, first, receiver, sender]) one.close();
  });
  for (const [words, to] of [
    [["-zU"], full.stream],
    [["-zuU"], full.datagram],
  ] as const) {
    const own = `${to}-client`;
    const client = berkeley(t, "nc", ...words, "-s", own, to);
    while (!existsSync(own)) await delay(10);
    client.kill("SIGTERM");
    await isTerminated(client);
    assert.ok(!existsSync(own));
  }
});

test("with -k, an answer to who has gone is told", async (t) => {
  const path = scratchPath(t);
  const server = berkeley(t, "nc", "-lkvuU", path);
  await server.says("listening");
  const sender = socket(AF_UNIX, SOCK_DGRAM);
  sender.bind(`${path}-sender`);
  await sender.sendto("hello\n", path);
  await server.says("hello\n");
  sender.close();
  server.type("too late\n");
  await server.says(`${path}-sender has gone, and gets no answer`);
  server.kill("SIGTERM");
  await server.ended();
});

test("stdin that cannot be read is one line", async (t) => {
  const { port } = await listening(t);
  const line = `"$0" "$1" nc 127.0.0.1 ${port} 0>/dev/null`;
  const client = new Running(t, "sh", ["-c", line, process.execPath, main]);
  const stderr = "berkeley: cannot read stdin: bad file descriptor\n";
  assert.deepEqual(await client.ended(), { code: 1, signal: null, stdout: "", stderr });
});

for (const [name, args, says] of [
  ["a host that there is not", ["host.invalid", "1"], /cannot find the host/],
  ["a port that is none", ["127.0.0.1", "http!"], /is not a port/],
  ["a range that ends before it begins", ["-z", "127.0.0.1", "25-20"], /"25-20" is not a port/],
  ["a family that there is not", ["--family", "nonsense", "1"], /there is no AF_NONSENSE/],
  [
    "a type that there is not",
    ["--type", "9", "127.0.0.1", "1"],
    /cannot connect .*\(ESOCKTNOSUPPORT\)/,
  ],
  [
    "an interface that there is not",
    ["--family", "packet", "--type", "raw", "nosuch0", "3"],
    /cannot connect to nosuch0 3: /,
  ],
  ["an address of the other family", ["-4", "::1", "1"], /"::1" is an IPv6 address, but an IPv4/],
  ["a source of the other family", ["-s", "::1", "127.0.0.1", "1"], /-s ::1 is an IPv6 address/],
  ["an address of one link", ["fe80::1", "1"], /fe80::1 is valid on one link only: add %INTER/],
  ["a group of one link", ["-lu", "ff02::1", "1"], /ff02::1 is valid on one link only: add %INTER/],
  ["a source of one link", ["-s", "FE80::1", "::1", "1"], /FE80::1 is valid on one link only: add/],
  [
    "a source that is not here",
    ["-s", "192.0.2.1", "127.0.0.1", "1"],
    /: cannot connect from 192\.0\.2\.1: address not available \(EADDRNOTAVAIL\)/,
  ],
  [
    "a source and its port, not here",
    ["-zs", "192.0.2.1", "-p", "7", "127.0.0.1", "1"],
    /: cannot connect from 192\.0\.2\.1:7: address not available \(EADDRNOTAVAIL\)/,
  ],
  ["an empty source", ["-U", "-s", "", "/x"], /empty/],
  [
    "a port of a Unix socket",
    ["-U", "-p", "5", "/x"],
    /Unix-domain socket has no port: leave out -p/,
  ],
  ["a Unix listener's port", ["-lU", "-p", "5"], /Unix-domain socket has no port: leave out -p/],
  ["-4 with -6", ["-4", "-6", "localhost", "1"], /-4 and -6/],
  ["a name with -n", ["-n", "localhost", "1"], /"localhost" is not an IP address, and -n/],
  ["a source's name with -n", ["-ns", "localhost", "127.0.0.1", "1"], /"localhost" is not an IP/],
  ["-k without -l", ["-k", "127.0.0.1", "1"], /-k goes with -l/],
  ["-z with -l", ["-zl", "127.0.0.1", "0"], /-z connects, and -l listens/],
  ["--json without -z", ["--json", "127.0.0.1", "1"], /--json goes with -z/],
  ["-d with what is about stdin", ["-d", "-C", "127.0.0.1", "1"], /-d reads no stdin/],
  ["a port given twice", ["-l", "-p", "0", "0"], /each only once/],
  ["no address", [], /give HOST PORT/],
  ["an empty host", ["", "1"], /empty/],
  ["an empty path", ["-U", ""], /empty/],
  ["a path that is missing", ["-U", "/proc/nobody/path"], /cannot connect to .* \(ENOENT\)/],
] as const) {
  test(`${name} is one line`, async (t) => {
    const { code, stdout, stderr } = await berkeley(t, "nc", ...args)
      .end()
      .ended();
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^berkeley: [^\n]+\n$/);
    assert.match(stderr, says);
  });
}
