/** `berkeley ping`, answered by the kernel, compared with iputils' ping. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { AF_INET, AF_INET6, findControl, SO_TIMESTAMPNS, SOCK_DGRAM, SOL_SOCKET } from "berkeley";
import { socket } from "berkeley/sync";
import { UP } from "../support/namespaces.js";
import {
  berkeley,
  berkeleyWords,
  inNamespace,
  literal,
  main,
  NAMESPACE,
  noNamespace,
  noPython,
  peer,
  Running,
  scratchPath,
  shellWords,
} from "./program.js";

const noPing = spawnSync("ping", ["-V"], { encoding: "utf8" }).stdout?.includes("iputils")
  ? false
  : "needs iputils-ping";

/** False, or why nobody can ping here: neither of the two kinds of socket can be made. */
const mayNot =
  spawnSync(process.execPath, [main, "ping", "-c", "1", "127.0.0.1"]).status === 0
    ? false
    : "needs CAP_NET_RAW, or a group in net.ipv4.ping_group_range";

function lacksIPv6(): string | false {
  const sock = socket(AF_INET6, SOCK_DGRAM);
  try {
    sock.bind(["::1", 0]);
    return false;
  } catch {
    return "needs IPv6 on loopback";
  } finally {
    sock.close();
  }
}

/** A socket for which the kernel notes when a packet arrives. It starts to do so a moment after the first
 *  socket on the machine has asked for that; until then a packet's time is that of the read. */
function noted() {
  const sock = socket(AF_INET, SOCK_DGRAM);
  sock.bind(["127.0.0.1", 0]);
  sock.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  for (;;) {
    sock.sendto("x", sock.getsockname());
    const sent = Date.now();
    while (Date.now() < sent + 20);
    const [, ancdata] = sock.recvmsg(1, 100);
    const arrived = findControl(ancdata, "SCM_TIMESTAMPNS") ?? 0n;
    if (arrived < BigInt(sent + 10) * 1_000_000n) return sock;
  }
}

/** Every number as 0, so that only the form is left. (On a busy machine ping also says how many were on
 *  their way.) */
function form(text: string): string {
  return text.replace(/, pipe \d+$/m, "").replace(/\d+(\.\d+)?/g, "0");
}

for (const [host, extra] of [
  ["127.0.0.1", []],
  ["127.0.0.1", ["-s", "1001"]],
  ["127.0.0.1", ["-q"]],
  ["127.0.0.1", ["-I", "lo"]],
  ["127.0.0.1", ["-I", "127.0.0.1"]],
  ["127.0.0.1", ["-w", "60"]],
  ["0", []],
  ["localhost", ["-4"]],
  ["localhost", ["-4", "-n"]],
  ["::1", []],
  ["::1", ["-I", "lo"]],
] as const) {
  const skip = mayNot || noPing || (host === "::1" && lacksIPv6());
  test(`the lines of iputils: ${[host, ...extra].join(" ")}`, { skip }, async (t) => {
    const args = ["-c", "3", "-i", "0.05", ...extra, host];
    const theirs = spawnSync("ping", args, { encoding: "utf8" });
    const { code, stdout, stderr } = await berkeley(t, "ping", ...args).ended();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(form(stdout), form(theirs.stdout));
    const [title, first] = stdout.split("\n");
    const [theirTitle, theirFirst] = theirs.stdout.split("\n");
    assert.equal(title, theirTitle);
    const fields = (line = "") => line.replace(/time=.*/, "");
    assert.equal(fields(first), fields(theirFirst), "size, sequence number and time to live");
    assert.match(stdout, /\n3 packets transmitted, 3 received, 0% packet loss, time \d+ms\n/);
  });
}

test("the statistics as JSON", { skip: mayNot }, async (t) => {
  const args = ["-c", "2", "-i", "0.01", "-s", "8", "--json", "127.0.0.1"];
  const { code, stdout } = await berkeley(t, "ping", ...args).ended();
  assert.equal(code, 0);
  const { transmitted, received, lossPercent, address, rttMs, pipe, replies } = JSON.parse(stdout);
  assert.deepEqual([transmitted, received, lossPercent, address], [2, 2, 0, "127.0.0.1"]);
  assert.ok(pipe === 1 || pipe === 2, "both may be under way on a busy machine");
  assert.ok(rttMs.min <= rttMs.avg && rttMs.avg <= rttMs.max);
  const seen = replies.map(({ seq, bytes }: { seq: number; bytes: number }) => [seq, bytes]);
  assert.deepEqual(seen, [
    [1, 16],
    [2, 16],
  ]);
});

test("round trips are the kernel's, also where the event loop is late", {
  skip: mayNot,
}, async (t) => {
  // The event loop is blocked for 300 ms in each of its turns: so long an answer waits.
  const late =
    "setInterval(() => { const end = Date.now() + 300; while (Date.now() < end); }, 1).unref()";
  const path = scratchPath(t, "late.mjs");
  writeFileSync(path, late);
  const args = ["--import", path, main, "ping", "-c", "3", "-i", "0.01", "--json", "127.0.0.1"];
  using _ = noted();
  const { stdout, stderr } = await new Running(t, process.execPath, args).ended();
  assert.equal(stderr, "");
  assert.ok(JSON.parse(stdout).rttMs.max < 300, stdout);
});

test("a deadline ends it", { skip: mayNot }, async (t) => {
  const args = ["-i", "0.05", "-w", "0.3", "127.0.0.1"];
  assert.equal((await berkeley(t, "ping", ...args).ended()).code, 0);
  const { code, stdout } = await berkeley(t, "ping", "-c", "1000", ...args).ended();
  assert.equal(code, 1, "fewer answers than asked for");
  const [, transmitted, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
  // One may be on its way.
  assert.ok(Number(received) > 0 && Number(transmitted) - Number(received) <= 1, stdout);
});

for (const [args, status, says] of [
  [["-4", "-6", "localhost"], 1, /-4[^\n]* cannot be used with [^\n]*-6/],
  [["-4", "::1"], 2, /::1 is an IPv6 address: leave out -4/],
  [["-6", "127.0.0.1"], 2, /127\.0\.0\.1 is an IPv4 address: leave out -6/],
  [["fe80::1"], 2, /fe80::1 is valid on one link only: add %INTERFACE/],
  [["ff02::1"], 2, /add %INTERFACE/],
] as const) {
  test(`${args.join(" ")} is one line`, async (t) => {
    const { code, stdout, stderr } = await berkeley(t, "ping", "-c", "1", ...args).ended();
    assert.deepEqual({ code, stdout }, { code: status, stdout: "" });
    assert.match(stderr, /^berkeley: [^\n]+\n$/);
    assert.match(stderr, says);
  });
}

/** The user as which a test runs to be an ordinary one, who must be able to read the checkout. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const noReader =
  spawnSync(process.execPath, [main, "--version"], nobody).status === 0
    ? false
    : "needs a checkout that user 65534 can read";

test("an interval of 0 is root's", { skip: noReader }, async (t) => {
  const args = [main, "ping", "-c", "2", "-i", "0", "127.0.0.1"];
  const { code, stderr } = await new Running(t, process.execPath, args, nobody).ended();
  assert.equal(code, 2);
  assert.match(stderr, /^berkeley: only root may use an interval of 0: [^\n]+\n$/);
});

test("-I with what is not here is one line", { skip: mayNot }, async (t) => {
  const args = ["ping", "-c", "1", "-I", "192.0.2.77", "127.0.0.1"];
  const { code, stderr } = await berkeley(t, ...args).ended();
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^berkeley: -I: "192\.0\.2\.77" is neither an interface nor an IPv4 address of this/,
  );
});

test("Ctrl-C shows the statistics", { skip: mayNot }, async (t) => {
  const ping = berkeley(t, "ping", "-i", "0.05", "127.0.0.1");
  await ping.says("icmp_seq=2");
  ping.kill("SIGINT");
  const { code, stdout } = await ping.ended();
  assert.equal(code, 0);
  assert.match(stdout, /--- 127.0.0.1 ping statistics ---\n\d+ packets transmitted, \d+ received/);
});

test("a host that there is not is one line", async (t) => {
  const { code, stdout, stderr } = await berkeley(t, "ping", "-c", "1", "host.invalid").ended();
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /^berkeley: cannot find the host "host.invalid": [^\n]+\n$/);
});

test("an address that no ping can have is one line", { skip: mayNot }, async (t) => {
  const { code, stderr } = await berkeley(t, "ping", "-c", "1", "127.255.255.255").ended();
  assert.equal(code, 2);
  assert.match(stderr, /^berkeley: cannot ping 127.255.255.255: [^\n]+-b[^\n]+\(EACCES\)\n$/);
});

/** In a network namespace whose loopback is down, a packet to 127.0.0.1 goes nowhere. */
test("nothing to reach is one line", { skip: noNamespace }, () => {
  const args = [...NAMESPACE, process.execPath, main, "ping", "-c", "1", "192.0.2.1"];
  const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^berkeley: cannot ping 192.0.2.1: network is unreachable \(ENETUNREACH\)\n$/,
  );
});

test("without the privilege the line names it", { skip: noNamespace }, () => {
  // A new namespace lets nobody use ICMP datagram sockets, and `setpriv` takes the capability away.
  const drop = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  const args = [...NAMESPACE, ...drop, process.execPath, main, "ping", "-c", "1", "127.0.0.1"];
  const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  assert.equal(status, 2);
  assert.match(stderr, /^berkeley: cannot ping: [^\n]*CAP_NET_RAW[^\n]*setcap[^\n]*\(EPERM\)\n$/);
});

test("no privilege is needed where the system allows it", { skip: noNamespace }, () => {
  const output = inNamespace(`ip link set lo up; echo 0 0 > /proc/sys/net/ipv4/ping_group_range
    exec setpriv --bounding-set=-net_raw --inh-caps=-net_raw ${berkeleyWords} ping -c 1 127.0.0.1`);
  assert.match(output, /64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=/);
});

/** Nobody answers ARP on the link, so the kernel itself sends the ICMP error. */
const LINK = `${UP}; ip link add v0 type veth peer v1; ip addr add 10.9.0.1/24 dev v0
  ip link set lo up; ip link set v0 up; ip link set v1 up; up v0; up v1`;
const noLink =
  noNamespace ||
  noPing ||
  (inNamespace(`${LINK}; echo made`).endsWith("made\n") ? false : "needs veth links");

test("ICMP errors are shown as iputils does", { skip: noLink }, () => {
  // All three are under way until the kernel gives up on ARP after some seconds.
  const theirs = inNamespace(`${LINK}; ping -n -c 3 -i 0.2 -W 8 10.9.0.2 || true`);
  const ours = inNamespace(`${LINK}; ${berkeleyWords} ping -c 3 -i 0.2 -W 8 10.9.0.2 || true`);
  assert.match(ours, /From 10.9.0.1 icmp_seq=1 Destination Host Unreachable/);
  assert.match(ours, /\npipe 3\n$/);
  const withoutTime = (text: string) => text.replace(/time .*/, "").trim();
  assert.equal(withoutTime(ours), withoutTime(theirs));
});

/** A neighbour in a namespace of its own. It answers broadcasts and groups, and is a router. */
const NEIGHBOUR = `${UP}
  unshare --net sleep 100 > /dev/null 2>&1 & far=$!; trap "kill $far" EXIT
  while [ "$(readlink /proc/$far/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  ip link set lo up; ip link add v0 type veth peer v1 netns $far
  ip addr add 10.9.0.1/24 brd + dev v0; ip addr add fe80::1/64 dev v0 nodad; ip link set v0 up
  nsenter --target $far --net sh -ec "ip addr add 10.9.0.2/24 brd + dev v1; ip link set v1 up
    echo 1 > /proc/sys/net/ipv6/conf/v1/forwarding; ip addr add fe80::2/64 dev v1 nodad
    echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts"
  up v0; nsenter --target $far --net sh -ec '${UP}; up v1'`;

/** A new namespace lets nobody use ICMP datagram sockets, so root gets a raw socket. */
const KINDS = { raw: ":", datagram: "echo 0 0 > /proc/sys/net/ipv4/ping_group_range" };

for (const [kind, allow] of Object.entries(KINDS)) {
  const world = `${NEIGHBOUR}; ${allow}`;
  for (const args of [
    "-I v0 224.0.0.1",
    "-b 10.9.0.255",
    "-b -I v0 255.255.255.255",
    "fe80::2%v0",
    "fe80::%v0",
  ]) {
    test(`who answers, as iputils: ${args}, by a ${kind} socket`, { skip: noLink }, () => {
      const theirs = inNamespace(`${world}; ping -c 1 -W 8 ${args} 2> /dev/null`);
      const ours = inNamespace(`${world}; ${berkeleyWords} ping -c 1 -W 8 ${args}`);
      assert.match(ours, /bytes from (10\.9\.0\.2|fe80::2%v0): icmp_seq=1 ttl=64 time=/);
      assert.equal(form(ours), form(theirs));
    });
  }
}

test("the interface of -I is that of an address that each link has", { skip: noLink }, () => {
  const output = inNamespace(`${NEIGHBOUR}; ${berkeleyWords} ping -c 1 -W 8 -I v0 fe80::2`);
  assert.match(output, /^PING fe80::2\(fe80::2%v0\) from fe80::[\da-f:]+%v0 v0: 56 data bytes$/m);
  assert.match(output, /^64 bytes from fe80::2%v0: icmp_seq=1 ttl=64 time=/m);
});

/** Pings, and says how many hops the request has left that comes back to this machine. */
const HOPS = `
import socket, subprocess, sys
host, *command = sys.argv[1:]
if ":" in host:
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
subprocess.run(command, stdout=2)
s.settimeout(20)
while True:
    data, more, *_ = s.recvmsg(2000, 100)
    if ":" not in host and data[20] == 8: print(data[8]); break
    if ":" in host and data[0] == 128: print(more[0][2][0]); break
`;

for (const host of ["127.0.0.1", "::1", "224.0.0.1", "ff02::1%v0"]) {
  test(`the time to live of -t: ${host}`, { skip: noLink || noPython }, () => {
    const python = shellWords("python3", "-c", HOPS, host);
    const args = `-c 1 -W 0.1 -t 7 ${host.startsWith("224") ? "-I v0" : ""} ${host}`;
    const output = inNamespace(`${LINK}; ip addr add fe80::1/64 dev v0 nodad
      ${python} ${berkeleyWords} ping ${args} 2>&1`);
    assert.match(output, /^7$/m);
  });
}

const answersPath = shellWords(peer("answers.py"));

type Kind = keyof typeof KINDS;

/** What a command prints where a program answers echo requests to a loopback address, and not the kernel. */
function answeredTo(command: string, kind: Kind, host: string, answers: string): string {
  return inNamespace(`ip link set lo up; ${KINDS[kind]}
    echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all
    echo 1 > /proc/sys/net/ipv6/icmp/echo_ignore_all
    python3 ${answersPath} ${host} ${answers} ${command} && echo "status 0" || echo "status $?"`);
}

/** `ping -c 1` there. */
function answered(kind: Kind, host: string, answers: string, more = ""): string {
  return answeredTo(`${berkeleyWords} ping -c 1 ${more} ${host}`, kind, host, answers);
}

const noAnswers = noNamespace || noPython;

for (const [answer, says] of [
  ["5.1.0a010003", "Redirect Host(New nexthop: 10.1.0.3)"],
  ["4.0.00000000", "Source Quench"],
] as const) {
  test(`a request goes on after ${says}`, { skip: noAnswers }, () => {
    const output = answered("datagram", "127.0.0.1", `${answer},reply`);
    assert.ok(output.includes(`\nFrom 127.0.0.1 icmp_seq=1 ${says}\n`), output);
    assert.match(output, /\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=\S+ ms\n/);
    // From the first request to the last, which here are the same.
    assert.match(output, /\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n/);
    assert.match(output, /\nstatus 0\n$/);
  });
}

for (const [host, answer, says] of [
  ["127.0.0.1", "3.6.00000000", "Destination Net Unknown"],
  ["127.0.0.1", "3.11.00000000", "Destination Net Unreachable for Type of Service"],
  ["127.0.0.1", "12.0.05000000", "Parameter problem: pointer = 5"],
  ["::1", "1.6.00000000", "Destination unreachable: Reject route to destination"],
  ["::1", "3.1.00000000", "Time exceeded: Defragmentation failure"],
  ["::1", "4.1.00000006", "Parameter problem: Unknown header at 6"],
] as const) {
  for (const kind of ["raw", "datagram"] as const) {
    const skip = noAnswers || (host === "::1" && lacksIPv6());
    test(`a request ends, by a ${kind} socket: ${says}`, { skip }, () => {
      const output = answered(kind, host, answer);
      assert.ok(output.includes(`\nFrom ${host} icmp_seq=1 ${says}\n`), output);
      assert.match(output, /\n1 packets transmitted, 0 received, \+1 errors, 100% packet loss, /);
      assert.match(output, /\nstatus 1\n$/);
    });
  }
}

test("with a deadline an error is the end", { skip: noAnswers }, () => {
  const output = answered("raw", "127.0.0.1", "3.1.00000000", "-i 5 -w 15");
  assert.match(output, /\n1 packets transmitted, 0 received, \+1 errors, 100% packet loss, /);
  assert.match(output, /\nstatus 1\n$/);
});

for (const host of ["127.0.0.1", "::1"]) {
  for (const kind of ["raw", "datagram"] as const) {
    const skip = noAnswers || (host === "::1" && lacksIPv6());
    const start = `${literal(host)}: icmp_seq=1 ttl=64`;

    test(`an answer from ${host} that is damaged, by a ${kind} socket`, { skip }, () => {
      const output = answered(kind, host, "wrong");
      const [, line, wrong, ...rows] = output.split("\n");
      assert.match(line ?? "", RegExp(`^64 bytes from ${start} time=\\S+ ms$`));
      assert.equal(wrong, "wrong data byte #52 should be 0x34 but was 0xff");
      assert.match(rows[0] ?? "", /^#0\t0 1 2 [\da-f ]+ 1f$/);
      assert.equal(
        rows[1],
        "#32\t20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f 30 31 32 33 ff 35 36 37",
      );
      assert.match(output, /\n1 packets transmitted, 1 received, 0% packet loss, /);
    });

    test(`an answer from ${host} that is truncated, by a ${kind} socket`, { skip }, () => {
      assert.match(
        answered(kind, host, "truncated"),
        RegExp(`\n10 bytes from ${start} \\(truncated\\)\n`),
      );
    });
  }
}

test("a damaged answer in JSON", { skip: noAnswers }, () => {
  assert.match(answered("raw", "127.0.0.1", "wrong", "--json"), /"wrongByte": 52\b/);
});

for (const kind of ["raw", "datagram"] as const) {
  test(`an answer from another address, to a ${kind} socket`, { skip: noAnswers }, () => {
    assert.match(
      answered(kind, "127.0.0.1", "elsewhere"),
      /\n64 bytes from 127.0.0.2: icmp_seq=1 ttl=64 time=\S+ ms \(DIFFERENT ADDRESS!\)\n/,
    );
  });
}

test("an answer that comes twice", { skip: noAnswers }, () => {
  const output = answered("raw", "127.0.0.1", "reply,reply", "-c 2 -i 0.4");
  // A tenth of a second later: of such a time iputils shows no fraction.
  assert.match(output, /\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=\d{3,} ms \(DUP!\)\n/);
  assert.match(output, /\n2 packets transmitted, 2 received, \+[12] duplicates, 0% packet loss, /);
});

for (const [answer, counts] of [
  ["reply", "4 received, 0%"],
  ["3.1.00000000", "0 received, +4 errors, 100%"],
] as const) {
  test(`two at once by raw sockets, each of which hears both: ${answer}`, {
    skip: noAnswers,
  }, () => {
    const one = `${berkeleyWords} ping -c 4 -i 0.4 127.0.0.1`;
    const both = shellWords("sh", "-c", `${one} & ${one}; wait`);
    const output = answeredTo(both, "raw", "127.0.0.1", answer);
    const line = `\n4 packets transmitted, ${counts} packet loss, `;
    assert.equal(output.split(line).length, 3, output);
  });
}

test("an answer after an error is none too many", { skip: noAnswers }, () => {
  const output = answered("raw", "127.0.0.1", "11.0.00000000,reply", "-c 3 -i 0.5");
  assert.match(output, /\nFrom 127.0.0.1 icmp_seq=1 Time to live exceeded\n/);
  assert.match(output, /\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=\S+ ms\n/);
  // The third one's error ends it, mostly before the answer is there.
  assert.match(
    output,
    /, (2 received, \+3 errors, 33\.3333%|3 received, \+3 errors, 0%) packet loss, /,
  );
});
