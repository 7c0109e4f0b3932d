/** `berkeley ss` compared with iproute2's, on sockets of our own in a network namespace of their own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { berkeley, main, noPython, Running } from "./program.js";

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const skip =
  noPython ||
  (has("ss", "-V") ? false : "needs ss of iproute2") ||
  (has("unshare", "--net", "--map-root-user", "true") ? false : "needs network namespaces");

/** Makes sockets of every kind and state, runs the commands given, and prints each one's output as JSON. */
const PYTHON = `
import json, subprocess, sys
from socket import *
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
keep = []
import socket as module
def made(*args):
    keep.append(module.socket(*args))
    return keep[-1]
for family, host in ((AF_INET, "127.0.0.1"), (AF_INET6, "::1")):
    l = made(family, SOCK_STREAM); l.bind((host, 0)); l.listen(7)
    c = made(family, SOCK_STREAM); c.connect(l.getsockname()); keep.append(l.accept()[0])
    c.sendall(b"unread")
    u = made(family, SOCK_DGRAM); u.bind((host, 0))
    v = made(family, SOCK_DGRAM); v.connect(u.getsockname()); v.send(b"unread")
w = made(AF_INET6, SOCK_STREAM); w.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0); w.bind(("::", 0)); w.listen()
w = made(AF_INET6, SOCK_STREAM); w.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1); w.bind(("::", 0)); w.listen()
w = made(AF_INET, SOCK_STREAM); w.bind(("", 22)); w.listen()
b = made(AF_INET, SOCK_DGRAM); b.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, b"lo"); b.bind(("", 0))
for family, host in ((AF_INET, "127.0.0.1"), (AF_INET6, "::1")):
    r = made(family, SOCK_RAW, IPPROTO_UDP); r.connect((host, 0))
    r = made(family, SOCK_RAW, IPPROTO_RAW)
made(AF_INET, SOCK_RAW, IPPROTO_ICMP); made(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
for type in (SOCK_STREAM, SOCK_SEQPACKET):
    x = made(AF_UNIX, type); x.bind("\\0berkeley ss %d" % type); x.listen(3)
    y = made(AF_UNIX, type); y.connect(x.getsockname())
keep.extend(socketpair(AF_UNIX, SOCK_DGRAM))
k = made(AF_INET, SOCK_STREAM); k.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
k.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 120 * 60 + 30) # 120 minutes and what passes meanwhile
k.connect(w.getsockname()); keep.append(w.accept()[0])
g = made(AF_INET, SOCK_STREAM); g.connect(w.getsockname()); h = w.accept()[0]; g.close(); h.close()
keep.append(w.dup()); keep.append(made(AF_INET, SOCK_STREAM))
child = subprocess.Popen(["sleep", "60"], pass_fds=[w.fileno(), x.fileno()])
x = made(AF_UNIX, SOCK_DGRAM); x.bind("\\0berkeley\\0ss")
for command in json.loads(sys.argv[1]):
    done = subprocess.run(command, capture_output=True, text=True)
    print(json.dumps(done.stdout + done.stderr))
child.kill()
`;

/** The output of each command, while the sockets are there. */
function among(...commands: string[][]): string[] {
  const args = ["--net", "--map-root-user", "python3", "-c", PYTHON, JSON.stringify(commands)];
  const { stdout, stderr, status } = spawnSync("unshare", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string);
}

/** Lines with single spaces, sorted, since the kernel's order is by hash. */
function lines(output: string): string[] {
  return output
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().replace(/ +/g, " "))
    .sort();
}

const ours = (...flags: string[]) => [process.execPath, main, "ss", ...flags];

for (const flags of [
  "-tan",
  "-tln",
  "-tn",
  "-ta",
  "-uan",
  "-uln",
  "-un",
  "-tuan",
  "-t4an",
  "-t6an",
  "-tlnp",
  "-tuanp",
  "-tno",
  "-tnpo",
  "-wa",
  "-wan",
  "-wl",
  "-wn",
  "-wap6",
  "-tuwan",
]) {
  test(`the lines of ss -H ${flags}`, { skip }, () => {
    const [theirs = "", mine = ""] = among(["ss", "-H", flags], ours("-H", flags));
    assert.ok(theirs !== "");
    assert.deepEqual(lines(mine), lines(theirs));
  });
}

for (const words of [
  "-tan state established",
  "-tan state listening state time-wait",
  "-tan state connected exclude time-wait",
  "-tuan state all exclude listening",
  "-tan state synchronized",
  "-tan state big exclude established",
  "-tan sport = :22",
  "-tan sport = :ssh or dport = :22",
  "-tan dport = :22 and sport != :22",
  "-tan sport != :22 dport ne :22",
  "-tan state established dport <= :22",
  "-uan state closed",
  "-tan exclude listening exclude established",
  "-tan sport >= :22 sport lt :23",
  "-tan sport > :22 or sport < :22",
]) {
  test(`the lines of ss -H ${words}`, { skip }, () => {
    const [theirs = "", mine = ""] = among(
      ["ss", "-H", ...words.split(" ")],
      ours("-H", ...words.split(" ")),
    );
    assert.ok(theirs !== "");
    assert.deepEqual(lines(mine), lines(theirs));
  });
}

test("the lines of ss -H -xan, of the sockets that stay", { skip }, () => {
  // Unix sockets are those of the whole machine: others than ours come and go meanwhile.
  const [before = "", mine = "", after = ""] = among(["ss", "-H", "-xan"], ours("-H", "-xan"), [
    "ss",
    "-H",
    "-xan",
  ]);
  const later = new Set(lines(after));
  const stayed = lines(before).filter((line) => later.has(line));
  assert.ok(stayed.some((line) => line.includes("@berkeley ss 1")));
  assert.ok(stayed.some((line) => line.includes("@berkeley@ss")));
  const seen = new Set(lines(mine));
  assert.deepEqual(
    stayed.filter((line) => !seen.has(line)),
    [],
  );
});

test("-4 beside -x asks for each kind of IPv4's", { skip }, () => {
  // Of Unix sockets none is in that state.
  const words = ["state", "time-wait"];
  const [both = "", four = ""] = among(ours("-Hxan4", ...words), ours("-Han4", ...words));
  assert.match(both, /^tcp /m);
  assert.equal(both, four);
});

test("a filter by ports is for those that have some", { skip }, () => {
  const [text = ""] = among(ours("-Han", "sport", ">=", ":22"));
  assert.match(text, /^tcp /m);
  assert.doesNotMatch(text, /^u_/m);
});

test("-p: processes that hold a Unix socket, and sockets of more than one", { skip }, () => {
  const [theirs = "", mine = ""] = among(["ss", "-H", "-xlnp"], ours("-H", "-xlnp"));
  const held = (output: string) => lines(output).filter((line) => line.includes("@berkeley ss"));
  assert.equal(held(theirs).length, 2);
  assert.deepEqual(held(mine), held(theirs));
  // The largest process id comes first: mostly the child's, unless the numbers have started again from the
  // beginning.
  const [sleep, python] = ["sleep", "python3"].map(
    (name) => String.raw`\("${name}",pid=\d+,fd=\d+\)`,
  );
  const both = new RegExp(String.raw`users:\((${sleep},${python}|${python},${sleep})\)`);
  assert.match(held(mine).join(), both);
});

test("-p as JSON, and who is not asked for is not looked for", { skip }, () => {
  const [text = "", without = ""] = among(ours("-tln4p", "--json"), ours("-tln4", "--json"));
  const rows = JSON.parse(text) as { local: { port: number }; users: object[] }[];
  const users = rows.find(({ local }) => local.port === 22)?.users as {
    name: string;
    pid: number;
    fd: number;
  }[];
  assert.deepEqual(users.map(({ name }) => name).sort(), ["python3", "python3", "sleep"]);
  const pids = users.map(({ pid }) => pid);
  assert.deepEqual(
    pids,
    [...pids].sort((a, b) => b - a),
  );
  assert.ok(users.every((user) => Object.keys(user).join() === "name,pid,fd"));
  assert.ok(!without.includes("users"));
});

test("-s: the summary of ss", { skip }, () => {
  const [theirs = "", mine = ""] = among(["ss", "-s"], ours("-s"));
  // Closed and orphaned sockets are counted for the whole machine, where others come and go meanwhile.
  const inTables = (text: string) =>
    text.replace(
      /^TCP: +(\d+) (.*closed) (\d+), orphaned \d+/m,
      (_, total, middle, closed) => `TCP: ${total - closed} without ${middle}`,
    );
  const trimmed = (text: string) => text.split("\n").map((line) => line.trimEnd());
  // While either program asks the kernel, there is one netlink socket more.
  const part = (text: string) => trimmed(inTables(text)).slice(1, 9);
  assert.match(theirs, /timewait 1\)/);
  assert.match(part(theirs).join(), /^TCP: \d+ without \(estab/);
  assert.deepEqual(part(mine), part(theirs));
  assert.match(mine, /^Total: \d+\n/);
});

const noProc = process.env.LD_PRELOAD === undefined ? skip : "a sanitizer reads /proc itself";
test("-s where there is no /proc is one line", { skip: noProc }, () => {
  const hidden = 'mount -t tmpfs none /proc; exec "$@"';
  const args = ["--mount", "--map-root-user", "sh", "-c", hidden, "sh", ...ours("-s")];
  const { stdout, stderr, status } = spawnSync("unshare", args, { encoding: "utf8" });
  const message = "berkeley: cannot read /proc/net/snmp: no such file or directory\n";
  assert.deepEqual({ stdout, stderr, status }, { stdout: "", stderr: message, status: 1 });
});

test("-s as JSON", { skip }, () => {
  const [text = ""] = among(ours("-s", "--json"));
  const { tcp, transports } = JSON.parse(text) as {
    tcp: Record<string, number>;
    transports: object[];
  };
  assert.deepEqual(Object.keys(tcp), ["total", "estab", "closed", "orphaned", "timewait"]);
  assert.equal(tcp.timewait, 1);
  assert.deepEqual(Object.keys(transports[0] as object), ["transport", "total", "ip", "ipv6"]);
});

test("as JSON", { skip }, () => {
  const [text = ""] = among(ours("-tln4", "--json"));
  type Row = { local: { address: string; port: number }; sendQ: number; uid: number };
  const rows = JSON.parse(text) as Row[];
  assert.ok(rows.every(({ uid }) => uid === 0));
  const any = rows.find(({ local }) => local.port === 22);
  assert.deepEqual(any?.local, { address: "0.0.0.0", port: 22 });
  assert.ok(rows.some(({ local, sendQ }) => local.address === "127.0.0.1" && sendQ === 7));
});

/** Listens at the abstract name given as JSON, in Latin-1. */
const bind = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(b"\\0" + json.loads(sys.argv[1]).encode("latin1")); s.listen()
print("ready", flush=True); sys.stdin.read()`;

test("control characters in an abstract name are shown, not obeyed", {
  skip: noPython,
}, async (t) => {
  const name = JSON.stringify(`berkeley\tss\n${process.pid}\x1b[2J`);
  const holder = new Running(t, "python3", ["-c", bind, name]);
  await holder.says("ready");
  const { stdout } = await berkeley(t, "ss", "-Hxl").ended();
  assert.match(stdout, RegExp(`@berkeley\\\\x09ss\\\\x0a${process.pid}\\\\x1b\\[2J `));
  assert.ok(
    stdout
      .trimEnd()
      .split("\n")
      .every((line) => line.startsWith("u_")),
  );
});

test("abstract names that are not UTF-8 are told apart", { skip: noPython }, async (t) => {
  const own = `berkeley ss ${process.pid}`;
  for (const name of [`${own} \xfe`, `${own} \xff`, `${own} \xc3\xa9`, `${own} \xc3\xa9\0\xff`]) {
    await new Running(t, "python3", ["-c", bind, JSON.stringify(name)]).says("ready");
  }
  const names = ["\\xc3\\xa9@\\xff", "\\xfe", "\\xff", "é"].map((end) => `@${own} ${end}`);
  const { stdout } = await berkeley(t, "ss", "-xl", "--json").ended();
  const rows = JSON.parse(stdout) as { local: { address: string } }[];
  const shown = rows.map(({ local }) => local.address).filter((name) => name.includes(own));
  assert.deepEqual(shown.sort(), names);
  const text = (await berkeley(t, "ss", "-Hxl").ended()).stdout;
  for (const name of names) assert.ok(text.includes(` ${name} `), name);
});

test("a name in another script is as wide as a terminal shows it", {
  skip: noPython,
}, async (t) => {
  const own = `berkeley ss ${process.pid} wide`;
  const ends = ["aaaa", "かな", "한글", "，。", "😀e\u0301e"];
  for (const end of ends) {
    const name = Buffer.from(`${own} ${end}`).toString("latin1");
    await new Running(t, "python3", ["-c", bind, JSON.stringify(name)]).says("ready");
  }
  const { stdout } = await berkeley(t, "ss", "-Hxl").ended();
  const widths = ends.map((end) => RegExp(`${own} ${end} (\\d+ +)\\* 0`).exec(stdout)?.[1]?.length);
  assert.equal(new Set(widths).size, 1, stdout);
});

test("a title over each column", async (t) => {
  const { stdout } = await berkeley(t, "ss", "-tua").ended();
  assert.match(stdout, /^Netid +State +Recv-Q +Send-Q +Local Address:Port +Peer Address:Port\n/);
});

for (const [words, says] of [
  ["state nonsense", /"nonsense" is not a state/],
  ["state", /"its end" is not a state/],
  ["sport = :nonsense!", /":nonsense!" is not a port/],
  ["sport ~ :22", /"sport ~" is not understood/],
  ["port = :22", /"port =" is not understood/],
  ["sport = :22 or", /missing after "or"/],
  ["-s state all", /takes no filter/],
] as const) {
  test(`a filter that is wrong is one line: ${words}`, async (t) => {
    const { code, stdout, stderr } = await berkeley(t, "ss", ...words.split(" ")).ended();
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^berkeley: [^\n]+\n$/);
    assert.match(stderr, says);
  });
}

test("an option that there is not is one line", async (t) => {
  const { code, stderr } = await berkeley(t, "ss", "--nonsense").ended();
  assert.equal(code, 1);
  assert.match(stderr, /^berkeley: unknown option '--nonsense'[^\n]*\n$/);
});
