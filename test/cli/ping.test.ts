/** `berkeley ping`, answered by the kernel, beside iputils' ping. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { AF_INET6, SOCK_DGRAM } from "berkeley";
import { socket } from "berkeley/sync";
import { berkeley, main } from "./program.js";

const noPing = spawnSync("ping", ["-V"], { encoding: "utf8" }).stdout?.includes("iputils")
  ? false
  : "needs iputils-ping";

/** False, or why nobody can ping here: neither of the two kinds of socket is to be had. */
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

/** Every number as 0, so that what is left is the form. */
function form(text: string): string {
  return text.replace(/\d+(\.\d+)?/g, "0");
}

for (const [host, extra] of [
  ["127.0.0.1", []],
  ["127.0.0.1", ["-s", "1000"]],
  ["::1", []],
] as const) {
  const skip = mayNot || noPing || (host === "::1" && lacksIPv6());
  test(`the lines of iputils: ${[host, ...extra].join(" ")}`, { skip }, async (t) => {
    const args = ["-c", "3", "-i", "0.05", ...extra, host];
    const theirs = spawnSync("ping", ["-n", ...args], { encoding: "utf8" });
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
  const { transmitted, received, lossPercent, address, rttMs, replies } = JSON.parse(stdout);
  assert.deepEqual([transmitted, received, lossPercent, address], [2, 2, 0, "127.0.0.1"]);
  assert.ok(rttMs.min <= rttMs.avg && rttMs.avg <= rttMs.max);
  const seen = replies.map(({ seq, bytes }: { seq: number; bytes: number }) => [seq, bytes]);
  assert.deepEqual(seen, [
    [1, 16],
    [2, 16],
  ]);
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
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^berkeley: cannot find the host "host.invalid": [^\n]+\n$/);
});

test("an address that no ping can have is one line", { skip: mayNot }, async (t) => {
  const { code, stderr } = await berkeley(t, "ping", "-c", "1", "255.255.255.255").ended();
  assert.equal(code, 1);
  assert.match(stderr, /^berkeley: cannot ping 255.255.255.255: [^\n]+\(EACCES\)\n$/);
});

/** In a network namespace whose loopback is down, a packet to 127.0.0.1 goes nowhere. */
const unshare = ["unshare", "--net", "--map-root-user"];
const [command, ...unshareArgs] = unshare as [string, ...string[]];
const noNamespace =
  spawnSync(command, [...unshareArgs, "true"]).status === 0 ? false : "needs network namespaces";

test("nothing to reach is one line", { skip: noNamespace }, () => {
  const args = [...unshareArgs, process.execPath, main, "ping", "-c", "1", "192.0.2.1"];
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^berkeley: cannot ping 192.0.2.1: network is unreachable \(ENETUNREACH\)\n$/,
  );
});

test("without the privilege the line names it", { skip: noNamespace }, () => {
  // A new namespace allows ICMP datagrams to nobody, and `setpriv` takes the capability away.
  const drop = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  const args = [...unshareArgs, ...drop, process.execPath, main, "ping", "-c", "1", "127.0.0.1"];
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^berkeley: cannot ping: [^\n]*CAP_NET_RAW[^\n]*setcap[^\n]*\(EPERM\)\n$/);
});

/** A shell script in a network namespace of its own. */
function inNamespace(script: string): string {
  const run = spawnSync(command, [...unshareArgs, "sh", "-ec", script], { encoding: "utf8" });
  return run.stdout + run.stderr;
}

const node = `${process.execPath} ${main}`;

test("no privilege is needed where the system allows it", { skip: noNamespace }, () => {
  const output = inNamespace(`ip link set lo up; echo 0 0 > /proc/sys/net/ipv4/ping_group_range
    exec setpriv --bounding-set=-net_raw --inh-caps=-net_raw ${node} ping -c 1 127.0.0.1`);
  assert.match(output, /64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=/);
});

/** Nobody answers ARP on the link: the kernel itself sends the ICMP error. */
const LINK = `ip link add v0 type veth peer v1; ip addr add 10.9.0.1/24 dev v0
  ip link set lo up; ip link set v0 up; ip link set v1 up`;
const noLink =
  noNamespace ||
  noPing ||
  (inNamespace(`${LINK}; echo made`).endsWith("made\n") ? false : "needs veth links");

test("ICMP errors are shown as iputils does", { skip: noLink }, () => {
  const theirs = inNamespace(`${LINK}; ping -n -c 1 -W 8 10.9.0.2 || true`);
  const ours = inNamespace(`${LINK}; ${node} ping -c 1 -W 8 10.9.0.2 || true`);
  assert.match(ours, /From 10.9.0.1 icmp_seq=1 Destination Host Unreachable/);
  const withoutTime = (text: string) => text.replace(/time .*/, "").trim();
  assert.equal(withoutTime(ours), withoutTime(theirs));
});
