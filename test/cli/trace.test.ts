/** `berkeley trace` across routers of our own: network namespaces in a row. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AF_INET, AF_INET6, SOCK_DGRAM, socket } from "berkeley";
import { UP } from "../support/namespaces.js";
import { berkeley, berkeleyWords, literal, noPython } from "./program.js";

/** The near end, a router, another, and the far end: four namespaces, held by sleeping processes. The first
 *  router answers for 10.1, the second for 10.2. Nothing outlives the outermost pid namespace. */
const WORLD = `
hold() {
  unshare --net sleep 100 & eval "$1=$!"
  while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
}
up='${UP}'
in_() { nsenter --target "$1" --net sh -ec "$2"; }
link() { # FROM TO NET
  ip link add a$3 type veth peer name b$3
  ip link set a$3 netns "$1"; ip link set b$3 netns "$2"
  in_ "$1" "ip addr add 10.$3.0.1/24 dev a$3; ip addr add fd00:$3::1/64 dev a$3 nodad; ip link set lo up; ip link set a$3 up"
  in_ "$2" "ip addr add 10.$3.0.2/24 dev b$3; ip addr add fd00:$3::2/64 dev b$3 nodad; ip link set lo up; ip link set b$3 up"
  in_ "$1" "$up; up a$3"; in_ "$2" "$up; up b$3"
}
forward="echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
  echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit"
hold here; hold one; hold two; hold far
in_ $one "$forward"; in_ $two "$forward"; in_ $far "$forward"
link $here $one 1; link $one $two 2; link $two $far 3
in_ $here "ip route add default via 10.1.0.2; ip -6 route add default via fd00:1::2"
in_ $one "ip route add 10.3.0.0/24 via 10.2.0.2; ip -6 route add fd00:3::/64 via fd00:2::2; ip route add unreachable 10.9.0.0/24"
in_ $two "ip route add 10.1.0.0/24 via 10.2.0.1; ip -6 route add fd00:1::/64 via fd00:2::1"
in_ $far "ip route add default via 10.3.0.1; ip -6 route add default via fd00:3::1"
`;

const UNSHARE = ["--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** What a command at the near end prints. */
function here(command: string) {
  const script = `${WORLD}\nset +e; in_ $here ${JSON.stringify(command)}; echo "status $?"`;
  const run = spawnSync("unshare", [...UNSHARE, "sh", "-ec", script], { encoding: "utf8" });
  return run.stdout + run.stderr;
}

const skip = here("true").endsWith("status 0\n")
  ? false
  : "needs network namespaces and veth links";
const noTraceroute =
  spawnSync("traceroute", ["--version"]).status === 0 ? false : "needs traceroute";
const trace = `setpriv --bounding-set=-net_raw --inh-caps=-net_raw ${berkeleyWords} trace`;

const HOPS = {
  "10.3.0.2": ["10.1.0.2", "10.2.0.2", "10.3.0.2"],
  "fd00:3::2": ["fd00:1::2", "fd00:2::2", "fd00:3::2"],
};

for (const [host, hops] of Object.entries(HOPS)) {
  test(`every router on the way to ${host}, without privilege`, { skip }, () => {
    const output = here(`${trace} -q 2 --json ${host}`).replace("status 0\n", "");
    const rows = JSON.parse(output) as { hop: number; answers: { host: string }[] }[];
    assert.deepEqual(
      rows.map(({ hop, answers }) => [hop, ...answers.map((answer) => answer.host)]),
      hops.map((router, at) => [at + 1, router, router]),
    );
  });

  test(`the hops of traceroute to ${host}`, { skip: skip || noTraceroute }, () => {
    const form = (text: string) =>
      text
        .split("\n")
        .filter((line) => /^ *\d+ /.test(line))
        .map((line) => line.trim().replace(/[\d.]+ ms/g, "T ms"));
    const theirs = form(here(`traceroute -n ${host}`));
    assert.equal(theirs.length, 3);
    assert.deepEqual(form(here(`${trace} -n ${host}`)), theirs);
  });
}

test("a router that knows no way is the end, and says why", { skip }, () => {
  const output = here(`${trace} -n -q 1 10.9.0.1`);
  assert.match(output, /\n 1 {2}10\.1\.0\.2 {2}[\d.]+ ms \(Destination Host Unreachable\)\n/);
  assert.match(output, /status 0\n$/);
});

test("what never arrives ends with status 1", { skip }, () => {
  const output = here(`${trace} -n -q 1 -m 2 10.3.0.2`);
  assert.match(output, /\n 2 {2}10\.2\.0\.2 {2}[\d.]+ ms\nstatus 1\n$/);
});

test("names stand before addresses, unless -n", { skip }, () => {
  // This namespace has its own /etc/hosts, and no resolver: names come from nowhere else.
  const hosts =
    "mount -t tmpfs none /mnt; echo 10.1.0.2 first.example > /mnt/hosts; mount --bind /mnt/hosts /etc/hosts; : > /mnt/none; mount --bind /mnt/none /etc/resolv.conf || true";
  const inFolder = (args: string) => `${hosts}; ${trace} -q 2 ${args} 10.3.0.2`;
  const form = (text: string) =>
    text
      .replace(/[\d.]+ ms/g, "T ms")
      .split("\n")
      .slice(1, 4);
  assert.deepEqual(form(here(inFolder(""))), [
    " 1  first.example (10.1.0.2)  T ms  T ms",
    " 2  10.2.0.2 (10.2.0.2)  T ms  T ms",
    " 3  10.3.0.2 (10.3.0.2)  T ms  T ms",
  ]);
  assert.equal(form(here(inFolder("-n")))[0], " 1  10.1.0.2  T ms  T ms");
});

/** Python, running at the same time, with the UDP socket `s` on port 7777 of this end. */
function listening(host: string, program: string): string {
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const bind = `import socket; s = socket.socket(${family}, 2); s.bind(("${host}", 7777)); print(1, flush=True)`;
  return `mount -t tmpfs none /mnt; sleep 20 | python3 -c '${bind}; ${program}' > /mnt/bound & until test -s /mnt/bound; do sleep 0.05; done`;
}

test("-f begins later, and -p at another port", { skip: skip || noPython }, () => {
  assert.match(here(`${trace} -n -q 1 -f 2 10.3.0.2`), /hops max\n 2 {2}10\.2\.0\.2 /);
  // The first probe goes to a port where somebody listens; the second one shows that it has arrived.
  const output = here(
    `${listening("127.0.0.1", "input()")}; ${trace} -n -q 2 -w 1 -p 7777 127.0.0.1`,
  );
  assert.match(output, /\n 1 {2}\* {2}127\.0\.0\.1 {2}[\d.]+ ms\n/);
});

for (const host of ["127.0.0.1", "::1"]) {
  test(`who answers with a datagram is the end: ${host}`, { skip: skip || noPython }, () => {
    const listen = listening(host, "s.sendto(*s.recvfrom(99))");
    const output = here(`${listen}; ${trace} -n -q 1 -p 7777 ${host}`);
    assert.match(output, RegExp(`\\n 1  ${literal(host)}  [\\d.]+ ms\\nstatus 0\\n$`));
  });
}

test("an answer that came while the program was stopped is no lost one", async (t) => {
  const host = socket(AF_INET, SOCK_DGRAM);
  t.after(() => host.close());
  host.bind(["127.0.0.1", 0]);
  const [address, port] = host.getsockname();
  const words = ["-n", "-q", "1", "-m", "1", "-w", "1", "-p", `${port}`];
  const trace = berkeley(t, "trace", ...words, address);
  const [probe, from] = await host.recvfrom(512);
  trace.kill("SIGSTOP");
  await delay(100);
  await host.sendto(probe, from as [string, number]);
  await delay(1100);
  trace.kill("SIGCONT");
  const { code, stdout } = await trace.ended();
  assert.match(stdout, /^ 1 {2}127\.0\.0\.1 {2}[\d.]+ ms$/m);
  assert.equal(code, 0);
});

test("an IPv4 address in IPv6's form is the IPv4 one", async (t) => {
  const { code, stdout } = await berkeley(t, "trace", "-nq1", "-w1", "::ffff:127.0.0.1").ended();
  assert.match(stdout, /^traceroute to ::ffff:127\.0\.0\.1 \(127\.0\.0\.1\), /);
  assert.match(stdout, /\n 1 {2}127\.0\.0\.1 {2}[\d.]+ ms\n$/);
  assert.equal(code, 0);
});

/** Two sockets on consecutive ports. */
function silentPair(t: TestContext) {
  for (;;) {
    const [one, two] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)];
    t.after(() => one.close());
    t.after(() => two.close());
    one.bind(["127.0.0.1", 0]);
    const [, port] = one.getsockname();
    try {
      two.bind(["127.0.0.1", port + 1]);
      return { two, port };
    } catch {} // another socket has it
  }
}

for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} ends it with the hops so far as JSON`, async (t) => {
    const { two, port } = silentPair(t);
    const words = ["--json", "-q", "1", "-w", "1", "-p", `${port}`];
    const trace = berkeley(t, "trace", ...words, "127.0.0.1");
    await two.recvfrom(512);
    trace.kill(signal);
    const { code, stdout } = await trace.ended();
    assert.deepEqual(JSON.parse(stdout)[0], { hop: 1, answers: [null] });
    assert.equal(code, status);
  });
}

test("the interface stays with the address of a link", { skip }, () => {
  const linkLocal = "ip addr add fe80::7/64 dev a1 nodad";
  const output = here(`${linkLocal}; ${trace} -n -q 1 fe80::7%a1`);
  assert.match(output, /^traceroute to fe80::7%a1 \(fe80::7%a1\), 30 hops max$/m);
  assert.match(output, /^ 1 {2}fe80::7%a1 {2}[\d.]+ ms$/m);
});

for (const [args, says] of [
  [["-4", "::1"], /::1 is an IPv6 address: leave out -4/],
  [["-6", "::ffff:127.0.0.1"], /127\.0\.0\.1 is an IPv4 address: leave out -6/],
  [["-4", "-6", "::1"], /cannot be used with/],
  [["fe80::1"], /add %INTERFACE/],
  [["-f", "5", "-m", "4", "::1"], /-f 5 is beyond the last hop/],
] as const) {
  test(`trace ${args.join(" ")} is one line`, async (t) => {
    const { code, stdout, stderr } = await berkeley(t, "trace", ...args).ended();
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^berkeley: [^\n]+\n$/);
    assert.match(stderr, says);
  });
}

test("a host that there is not is one line", async (t) => {
  const { code, stdout, stderr } = await berkeley(t, "trace", "host.invalid").ended();
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^berkeley: cannot find the host "host.invalid": [^\n]+\n$/);
});
