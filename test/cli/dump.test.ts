/** `berkeley dump` compared with tcpdump on the same traffic, in network namespaces of their own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { test } from "node:test";
import { UP } from "../support/namespaces.js";
import {
  berkeley,
  berkeleyWords,
  main,
  noPython,
  Running,
  scratchPath,
  shellWords,
} from "./program.js";

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const noNamespace = has("unshare", "--net", "--map-root-user", "true")
  ? false
  : "needs network namespaces";
/** The user that we are: as root, tcpdump wants to become another user, which a mapped root cannot. */
const ownNet = [
  "--net",
  ...(process.getuid?.() === 0 ? [] : ["--map-current-user", "--keep-caps"]),
];
const noOwnNet = has("unshare", ...ownNet, "true")
  ? noNamespace
  : "needs namespaces of networks: root with CAP_SYS_ADMIN, or somebody else";
const skip = noPython || noOwnNet || (has("tcpdump", "--version") ? false : "needs tcpdump");

/** Starts both captures, waits until they listen, makes traffic of every kind on two ports, and
 *  ends them when the last datagram has reached both. */
const PYTHON = `
import json, signal, subprocess, sys, time
from socket import *
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
captures = []
for path, *command in json.loads(sys.argv[1]):
    capture = subprocess.Popen(command, stdout=open(path, "w"), stderr=subprocess.PIPE, text=True)
    captures.append(capture)
    for line in capture.stderr:
        if "listening on" in line: break
    else: sys.exit("ended before it listened")
def unread():
    with open("/proc/net/packet") as sockets:
        return any(int(line.split()[6]) for line in list(sockets)[1:])
def udp(host, port, data):
    s = socket(AF_INET6 if ":" in host else AF_INET, SOCK_DGRAM)
    s.sendto(data, (host, port)); s.close()
for host in ("127.0.0.1", "::1"):
    family = AF_INET6 if ":" in host else AF_INET
    for port in (8080, 9090):
        l = socket(family, SOCK_STREAM); l.bind((host, port)); l.listen()
        c = create_connection((host, port)); a, _ = l.accept()
        c.sendall(b"question" * 3); a.recv(100); a.sendall(b"answer" * 5000)
        c.shutdown(SHUT_WR); a.close()
        while c.recv(65536): pass
        c.close(); l.close()
        udp(host, port, b"x" * 99)
udp("127.0.0.1", 53, b"query")
udp("127.0.0.1", 7, b"x" * 60000)
for at, capture in enumerate(captures):
    time.sleep(0.5)
    while unread(): time.sleep(0.1)
    capture.send_signal((signal.SIGINT, signal.SIGTERM)[at % 2])
    capture.stderr.read()
    assert capture.wait() == 0, capture.args
`;

interface Row {
  time: string;
  kind: string;
  src: string;
  dst: string;
  sport?: number;
  dport?: number;
  length: number;
}

/** Runs the captures over the same traffic. Each is a command, and where its output goes. */
function capture(...commands: string[][]): void {
  captureOf(PYTHON, ...commands);
}

function captureOf(python: string, ...commands: string[][]): void {
  const args = [...ownNet, "python3", "-c", python, JSON.stringify(commands)];
  const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** The packets of a pcap file, without their times: the length of each, and the bytes that are kept. */
function packetsOf(path: string, linkType = 1): string[] {
  const bytes = readFileSync(path);
  assert.equal(bytes.readUInt32LE(0), 0xa1b2c3d4);
  assert.equal(bytes.readUInt32LE(20), linkType);
  const packets: string[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    const kept = bytes.subarray(at + 16, at + 16 + length).toString("hex");
    packets.push(`${bytes.readUInt32LE(at + 12)}: ${kept}`);
    at += 16 + length;
  }
  return packets;
}

/** A filter of the word with each of thirty numbers, of which only the last matches. */
function numbered(word: string, from: number, between: string): string {
  return Array.from({ length: 30 }, (_, i) => `${word} ${from + i}`).join(between);
}

for (const filter of [
  "",
  "tcp port 8080",
  "udp and not port 9090",
  "ip6 or src port 8080",
  "host 127.0.0.1 and (dst port 8080 or dst port 53)",
  "not tcp and not src host ::1",
  "icmp or icmp6",
  "host ::1 and udp",
  "udp or tcp and not ip",
  "udp dst port 8080 or 53 or not 7 and not ip6",
  "src host 127.0.0.1 or ::1 and udp",
  "udp port domain or tcp port http-alt",
  "port domain or http-alt and udp",
  "net 127.0.0.0/8 or ::/127 and udp",
  "udp portrange 8000-8999",
  "src or dst portrange 9000-65535 and not portrange 9090-9090",
  "src and dst host 127.0.0.1 and udp",
  "dst ::1 && (greater 100 || less 90)",
  "net 127.0.0.0/8 and less 100",
  "net 127 and not ip6 net ::/127 and udp",
  "ip6 net ::/1 and not dst net ::2/127",
  // Compiles to more instructions than a test can jump over.
  numbered("port", 8051, " or "),
  `not (${numbered("host 127.0.0.1 and dst port", 9061, " or ")})`,
  numbered("not port", 8051, " and "),
]) {
  test(`the same packets as tcpdump: "${filter}"`, { skip }, (t) => {
    const [theirs, ours] = [scratchPath(t, "theirs"), scratchPath(t, "ours")];
    const words = filter === "" ? [] : [filter];
    capture(
      [theirs, "tcpdump", "--immediate-mode", "-B", "32768", "-i", "lo", "-w", "-", ...words],
      ["/dev/null", process.execPath, main, "dump", "-i", "lo", "-w", ours, ...words],
    );
    const expected = packetsOf(theirs);
    assert.ok(expected.length > 0);
    assert.deepEqual(packetsOf(ours), expected);
    const read = spawnSync("tcpdump", ["-nr", ours], { encoding: "utf8" });
    assert.equal(read.status, 0, read.stderr);
  });
}

test("a filter that tcpdump has compiled", { skip }, (t) => {
  const [theirs, ours] = [scratchPath(t, "theirs"), scratchPath(t, "ours")];
  const expression = "tcp[tcpflags] & tcp-syn != 0";
  const { stdout: bpf } = spawnSync("tcpdump", ["-ddd", "-y", "EN10MB", expression], {
    encoding: "utf8",
  });
  capture(
    [theirs, "tcpdump", "--immediate-mode", "-B", "32768", "-i", "lo", "-w", "-", expression],
    ["/dev/null", process.execPath, main, "dump", "-i", "lo", "-w", ours, "--bpf", bpf],
  );
  // Only TCP over IPv4, as in the expression: two connections, two packets each.
  assert.equal(packetsOf(theirs).length, 4);
  assert.deepEqual(packetsOf(ours), packetsOf(theirs));
});

/** A TUN device on which there is a peer for each of two families; and then both captures. */
const TUN = `
import fcntl, os, struct
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"tun7", 1 | 0x1000))
for words in ("link set tun7 up", "addr add 10.7.0.1/24 dev tun7", "addr add fd07::1/64 dev tun7 nodad"):
    subprocess.run(["ip", *words.split()], check=True)
`;
const TUN_TRAFFIC = `
for port in (8080, 9090):
    udp("10.7.0.2", port, b"four"); udp("fd07::2", port, b"six")
`;
const onTun = PYTHON.replace("captures = []", `${TUN}\ncaptures = []`).replace(
  /for host in[\s\S]*?(?=\nfor at, capture in)/,
  TUN_TRAFFIC,
);
/** Without udev, only root may open it. */
function lacksTun(): string | false {
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return "needs /dev/net/tun";
  }
}
const noTun = skip || lacksTun();

for (const ifname of ["tun7", "any"]) {
  test(`packets without a link's header: ${ifname}`, { skip: noTun }, (t) => {
    const [theirs, ours, lines] = [scratchPath(t), scratchPath(t), scratchPath(t)];
    const filter = "udp and not port 9090";
    const tcpdump = ["tcpdump", "--immediate-mode", "-i", ifname, "-w", "-", filter];
    const type = ifname === "any" ? ["-y", "LINUX_SLL"] : [];
    const dump = [process.execPath, main, "dump", "-i", ifname];
    captureOf(
      onTun,
      [theirs, ...tcpdump.toSpliced(1, 0, ...type)],
      ["/dev/null", ...dump, "-w", ours, filter],
      [lines, ...dump, filter],
    );
    const expected = packetsOf(theirs, ifname === "any" ? 113 : 101);
    assert.equal(expected.length, 2);
    assert.deepEqual(packetsOf(ours, ifname === "any" ? 113 : 101), expected);
    assert.match(
      readFileSync(lines, "utf8"),
      /^\S+ IP 10\.7\.0\.1\.\d+ > 10\.7\.0\.2\.8080: UDP, length 4\n\S+ IP6 fd07::1\.\d+ > fd07::2\.8080: UDP, length 3\n$/,
    );
  });
}

/** A neighbour that answers, in a namespace of its own. */
const NEIGHBOUR = `
for words in ("link add v0 type veth peer v1", "addr add 10.8.0.1/24 dev v0", "addr add fd08::1/64 dev v0 nodad"):
    subprocess.run(["ip", *words.split()], check=True)
far = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; read line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
far.stdout.readline()
subprocess.run(["ip", "link", "set", "v1", "netns", str(far.pid)], check=True)
for words in ("addr add 10.8.0.2/24 dev v1", "addr add fd08::2/64 dev v1 nodad", "link set v1 up"):
    subprocess.run(["nsenter", "--target", str(far.pid), "--net", "ip", *words.split()], check=True)
# Who was heard of five seconds ago is asked again whether it is there, when one capture may have ended.
later = "for each in /proc/sys/net/ipv?/neigh/v?/delay_first_probe_time; do echo 3600 > $each; done"
for where in ([], ["nsenter", "--target", str(far.pid), "--net"]):
    subprocess.run([*where, "sh", "-ec", later], check=True)
subprocess.run(["ip", "link", "set", "v0", "up"], check=True)
subprocess.run(["sh", "-ec", ${JSON.stringify(`${UP}; up v0`)}], check=True)
`;
const pings = ["10.8.0.2", "fd08::2"].map((host) =>
  [process.execPath, main, "ping", "-c", "2", "-i", "0.1", host].map((word) =>
    JSON.stringify(word),
  ),
);
const withNeighbour = PYTHON.replace("captures = []", `${NEIGHBOUR}\ncaptures = []`).replace(
  /for host in[\s\S]*?(?=\nfor at, capture in)/,
  pings.map((words) => `subprocess.run([${words}], check=True, stdout=2)`).join("\n"),
);

test("echoes and ARP in the words of tcpdump", { skip }, (t) => {
  const [theirs, ours] = [scratchPath(t), scratchPath(t)];
  // Leaves out neighbour discovery, which is shorter than an echo: dump has no words for it.
  const filter = "arp or icmp or (icmp6 and greater 100)";
  captureOf(
    withNeighbour,
    [theirs, "tcpdump", "--immediate-mode", "-nl", "-i", "v0", filter],
    [ours, process.execPath, main, "dump", "-n", "-i", "v0", filter],
  );
  const lines = (path: string) => readFileSync(path, "utf8").trim().replace(/^\S+ /gm, "");
  assert.equal(lines(ours), lines(theirs));
  assert.match(lines(ours), /^ARP, Request who-has 10\.8\.0\.2 tell 10\.8\.0\.1, length 28$/m);
  assert.match(lines(ours), /^ARP, Reply 10\.8\.0\.2 is-at [\da-f:]{17}, length 28$/m);
  assert.match(lines(ours), /: ICMP echo reply, id \d+, seq 2, length 64$/m);
  assert.match(lines(ours), /: ICMP6, echo request, id \d+, seq 1, length 64$/m);
});

/** Frames of our own making, from the other end of a cable in the same namespace. */
function frames(...behindAddresses: string[]): string {
  return PYTHON.replace(
    "captures = []",
    `
for words in ("link add v0 type veth peer v1", "link set v0 up", "link set v1 up"):
    subprocess.run(["ip", *words.split()], check=True)
captures = []`,
  ).replace(
    /for host in[\s\S]*?(?=\nfor at, capture in)/,
    `
s = socket(AF_PACKET, SOCK_RAW); s.bind(("v1", 0))
for frame in ${JSON.stringify(behindAddresses)}:
    s.send(bytes.fromhex("ffffffffffff" "020000000001" + frame))`,
  );
}

const UDP4 = "08004500001e00010000401100000a0705010a07050204570016000a00006869";

for (const ifname of ["v0", "any"]) {
  test(`the tag of a VLAN, which the kernel takes out of the packet: ${ifname}`, { skip }, (t) => {
    const [theirs, ours, lines] = [scratchPath(t), scratchPath(t), scratchPath(t)];
    const linkType = ifname === "any" ? 113 : 1;
    const type = ifname === "any" ? ["-y", "LINUX_SLL"] : [];
    const dump = [process.execPath, main, "dump", "-i", ifname];
    captureOf(
      frames(UDP4, `81006005${UDP4}`, `88a80007${UDP4}`),
      // No filter: how it works on tagged frames depends on the link, and on the direction.
      [theirs, "tcpdump", "--immediate-mode", ...type, "-i", ifname, "-w", "-"],
      ["/dev/null", ...dump, "-w", ours],
      [lines, ...dump, "--json", "udp"],
    );
    const [expected, found] = [theirs, ours].map((path) =>
      // Leaves out what the kernels of both ends say to each other meanwhile.
      packetsOf(path, linkType).filter((packet) => packet.endsWith("6869")),
    );
    for (const tag of ["810060050800", "88a800070800"]) {
      assert.ok(expected?.some((packet) => packet.includes(tag)));
    }
    assert.deepEqual(found, expected);
    const rows = readFileSync(lines, "utf8").trim().split("\n");
    assert.ok(rows.some((row) => JSON.parse(row).vlan === 5));
  });
}

test("a fragment of IPv6 is of the protocol that it carries", { skip }, (t) => {
  const [theirs, ours] = [scratchPath(t), scratchPath(t)];
  const hosts = ["fd08", "fd08"]
    .map((net, i) => `${net}00000000000000000000000${i + 1}0000`)
    .join("");
  const fragment = `86dd6000000000102c40${hosts}110000000000000104570016000800006869`;
  captureOf(
    frames(fragment, UDP4),
    [theirs, "tcpdump", "--immediate-mode", "-i", "v0", "-w", "-", "udp"],
    ["/dev/null", process.execPath, main, "dump", "-i", "v0", "-w", ours, "udp"],
  );
  assert.equal(packetsOf(theirs).length, 2);
  assert.deepEqual(packetsOf(ours), packetsOf(theirs));
});

for (const filter of [
  "src host fd09::9 or fd09::2",
  "src host fd09::9 or not fd09::2 and udp",
  "src net fd09::8/125 or fd09::2/127",
  "dst host ::1 or (fd09::2)",
  "udp src port 9 or 2",
]) {
  test(`the words before an address hold for the next: "${filter}"`, { skip }, (t) => {
    const [theirs, ours] = [scratchPath(t), scratchPath(t)];
    const [one, two] = [1, 2].map((host) => `fd09${String(host).padStart(28, "0")}`);
    const udp = (src = "", dst = "") =>
      `86dd60000000000a1140${src}${dst}${src.slice(-4)}${dst.slice(-4)}000a00006869`;
    captureOf(
      frames(udp(one, two), udp(two, one)),
      [theirs, "tcpdump", "--immediate-mode", "-i", "v0", "-w", "-", filter],
      ["/dev/null", process.execPath, main, "dump", "-i", "v0", "-w", ours, filter],
    );
    assert.equal(packetsOf(theirs).length, 1);
    assert.deepEqual(packetsOf(ours), packetsOf(theirs));
  });
}

const FOUR = "0a0705010a070502";
const SIX = `fd08${"00".repeat(13)}01`.repeat(2);
/** A datagram to port 22, of which this may be a fragment. */
const udp4 = (version: string, length: string, offset: string, options = "") =>
  `0800${version}00${length}0001${offset}40110000${FOUR}${options}04570016000a00006869`;
/** Who asks for whom. */
const ARP = `08060001080006040001020000000001${FOUR.slice(0, 8)}000000000000${FOUR.slice(8)}`;
/** Of RFC 903. */
const RARP = ARP.replace("0806", "8035");

for (const [filter, count] of [
  // Behind options, and in the first of the fragments alone.
  ["udp dst port 22", 3],
  ["icmp6 and host fd08::1 or sctp and ip6", 2],
  ["src host 10.7.5.1", 6],
  ["net 0.0.0.0/0 and !udp", 2],
  ["arp net 10.7.5.0/24", 1],
  // More in a row than there may be in each other.
  [`${"(udp) and ".repeat(101)}ip`, 4],
  // What is said in parentheses holds no further.
  ["udp port 9 and (dst port 22) or 1111 and not ip6", 3],
] as const) {
  test(`the same frames as tcpdump: "${filter.slice(0, 60)}"`, { skip }, (t) => {
    const [theirs, ours] = [scratchPath(t), scratchPath(t)];
    captureOf(
      frames(
        UDP4,
        udp4("46", "0022", "0000", "01010101"),
        udp4("45", "001e", "2000"),
        udp4("45", "001e", "0001"),
        ARP,
        RARP,
        `86dd6000000000102c40${SIX}3a000000000000018000000000070001`,
        `86dd6000000000108440${SIX}04570016000000000000000000000004`,
      ),
      [theirs, "tcpdump", "--immediate-mode", "-i", "v0", "-w", "-", filter],
      ["/dev/null", process.execPath, main, "dump", "-i", "v0", "-w", ours, filter],
    );
    assert.equal(packetsOf(theirs).length, count);
    assert.deepEqual(packetsOf(ours), packetsOf(theirs));
  });
}

const noBridge =
  skip ||
  (has("unshare", "--net", "--map-root-user", "ip", "link", "add", "type", "bridge")
    ? false
    : "needs bridges");

/** A bridge with v0 as a port. Of two frames, the first is not for the bridge itself. They are of a
 *  protocol for experiments, since a firewall may drop others. */
const toBridge = PYTHON.replace(
  "captures = []",
  `
for words in ("link add br0 type bridge", "link add v0 master br0 type veth peer v1",
              "link set br0 up", "link set v0 up", "link set v1 up"):
    subprocess.run(["ip", *words.split()], check=True)
subprocess.run(["sh", "-ec", ${JSON.stringify(`${UP}; up br0`)}], check=True)
captures = []`,
).replace(
  /for host in[\s\S]*?(?=\nfor at, capture in)/,
  `
s = socket(AF_PACKET, SOCK_RAW); s.bind(("v1", 0))
for frame in ("02000000009902000000000188b501", "ffffffffffff02000000000188b50102"):
    s.send(bytes.fromhex(frame))`,
);

for (const [option, expected] of [
  [[], [15, 16]],
  [["-p"], [16]],
] as const) {
  test(`what a bridge passes on: ${["dump", ...option].join(" ")}`, { skip: noBridge }, (t) => {
    const [theirs, ours] = [scratchPath(t), scratchPath(t)];
    const words = ["-i", "br0", ...option, "-w"];
    const filter = "not ip and not ip6";
    const lengths = (path: string) => packetsOf(path).map((packet) => Number.parseInt(packet, 10));
    // One after the other, since a bridge is promiscuous as long as one of the captures wants that.
    captureOf(toBridge, [theirs, "tcpdump", "--immediate-mode", ...words, "-", filter]);
    captureOf(toBridge, ["/dev/null", process.execPath, main, "dump", ...words, ours, filter]);
    assert.deepEqual(lengths(theirs), expected);
    assert.deepEqual(lengths(ours), expected);
  });
}

test("a header of TCP that cannot be as long as it says", { skip }, (t) => {
  const lines = scratchPath(t);
  const tcp = (offset: string) =>
    `08004500002800010000400600000a0705010a070502045700160000000100000000${offset}02ffff00000000`;
  captureOf(frames(tcp("f0"), tcp("10")), [
    lines,
    process.execPath,
    main,
    "dump",
    "-i",
    "v0",
    "tcp",
  ]);
  assert.match(
    readFileSync(lines, "utf8"),
    /: bad header length 60: too long, > 20\n.*: bad header length 4: too short, < 20\n$/,
  );
});

test("headers of IP and UDP that are shorter than they can be", { skip }, (t) => {
  const lines = scratchPath(t);
  const udp = (version: string, length: string) =>
    `0800${version}00001e00010000401100000a0705010a07050204570016${length}00006869`;
  const dump = [process.execPath, main, "dump", "-i", "v0", "ip"];
  captureOf(frames(udp("45", "0003"), udp("42", "000a")), [lines, ...dump]);
  assert.match(
    readFileSync(lines, "utf8"),
    /^\S+ IP 10\.7\.5\.1\.1111 > 10\.7\.5\.2\.22: UDP, bad length 3: too short, < 8\n\S+ IP 10\.7\.5\.1 > 10\.7\.5\.2: bad header length 8: too short, < 20\n$/,
  );
});

test("the flags of TCP in the order of tcpdump", { skip }, (t) => {
  const [theirs, ours] = [scratchPath(t), scratchPath(t)];
  const tcp = (flags: string) =>
    `08004500002800010000400600000a0705010a07050204570016000000010000000150${flags}ffff00000000`;
  captureOf(
    frames(tcp("52"), tcp("ff"), tcp("11"), tcp("00")),
    [theirs, "tcpdump", "--immediate-mode", "-nl", "-i", "v0", "tcp"],
    [ours, process.execPath, main, "dump", "-i", "v0", "tcp"],
  );
  const flags = (path: string) => readFileSync(path, "utf8").match(/\[.*?\]/g);
  assert.deepEqual(flags(ours), ["[S.E]", "[FSRP.UEW]", "[F.]", "[none]"]);
  assert.deepEqual(flags(ours), flags(theirs));
});

test("a frame with nothing behind its header, of all interfaces", { skip }, (t) => {
  const lines = scratchPath(t);
  captureOf(frames("88b5"), [lines, process.execPath, main, "dump"]);
  assert.match(readFileSync(lines, "utf8"), /^\S+ ethertype 0x88b5, length 0$/m);
});

test("a packet of loopback is seen once, of all interfaces", { skip }, (t) => {
  const lines = scratchPath(t);
  captureOf(PYTHON, [lines, process.execPath, main, "dump", "udp dst port 53"]);
  assert.match(readFileSync(lines, "utf8"), /^\S+ IP \S+ > 127\.0\.0\.1\.53: UDP, length 5\n$/);
});

test("ARP that neither asks nor answers", { skip }, (t) => {
  const lines = scratchPath(t);
  // RFC 5494: for experiments.
  const experiment = `080600010800060400180200000000010a0705010000000000000a070502`;
  captureOf(frames(experiment), [lines, process.execPath, main, "dump", "-i", "v0", "arp"]);
  assert.match(readFileSync(lines, "utf8"), /^\S+ ARP, type 24, length 28\n$/);
});

test("what is behind the options for each router", { skip }, (t) => {
  const lines = scratchPath(t);
  // An echo request, and options that are longer than the packet.
  const [hosts, echo] = [`fd08${"00".repeat(13)}01`.repeat(2), "8000000000070001"];
  const packet = (length: string) => `86dd60000000001000ff${hosts}3a${length}050200000100${echo}`;
  captureOf(frames(packet("00"), packet("ff")), [
    lines,
    ...[process.execPath, main, "dump", "-i", "v0", "host fd08::1"],
  ]);
  assert.match(
    readFileSync(lines, "utf8"),
    /^\S+ IP6 fd08::1 > fd08::1: HBH ICMP6, echo request, id 7, seq 1, length 8\n\S+ IP6 fd08::1 > fd08::1: HBH protocol 58, length 0\n$/,
  );
});

test("what is in a fragment of IPv6", { skip }, (t) => {
  const lines = scratchPath(t);
  const hosts = `fd08${"00".repeat(13)}01`.repeat(2);
  const fragment = (offset: string) =>
    `86dd6000000000122c40${hosts}1100${offset}0000000104570016001200006869`;
  captureOf(frames(fragment("0001"), fragment("0008")), [
    lines,
    ...[process.execPath, main, "dump", "-i", "v0", "udp"],
  ]);
  assert.match(
    readFileSync(lines, "utf8"),
    /^\S+ IP6 fd08::1\.1111 > fd08::1\.22: UDP, length 10\n\S+ IP6 fd08::1 > fd08::1: fragment, length 10\n$/,
  );
});

test("what is no longer, and no more, than it says", { skip }, (t) => {
  const lines = scratchPath(t);
  const port = "0457001600000000";
  captureOf(
    frames(
      `08004500001c0001000040010000${FOUR}0301000000000000`,
      // A length of 0 is that of a packet that is too long for it.
      udp4("45", "0000", "0000"),
      udp4("45", "001e", "0001"),
      `86dd6000000000001140${SIX}04570016000a00006869`,
      // A frame's padding.
      `86dd6000000000108440${SIX}${port}0000000000000004${"00".repeat(6)}`,
      `0800450000200001000040060000${FOUR}${port}00000000`,
      // Of another kind of link.
      ARP.replace("0001", "0006"),
    ),
    [lines, process.execPath, main, "dump", "-i", "v0", "arp or host 10.7.5.1 or fd08::1"],
  );
  assert.deepEqual(readFileSync(lines, "utf8").trim().replace(/^\S+ /gm, "").split("\n"), [
    "IP 10.7.5.1 > 10.7.5.2: ICMP type 3 code 1, length 8",
    "IP 10.7.5.1.1111 > 10.7.5.2.22: UDP, length 2",
    "IP 10.7.5.1 > 10.7.5.2: fragment, length 10",
    "IP6 fd08::1.1111 > fd08::1.22: UDP, length 2",
    "IP6 fd08::1.1111 > fd08::1.22: SCTP, length 4",
    "IP 10.7.5.1 > 10.7.5.2: protocol 6, length 12",
    "ethertype 0x0806, length 28",
  ]);
});

test("the ports of SCTP", { skip }, (t) => {
  const [lines, objects] = [scratchPath(t), scratchPath(t)];
  const sctp = "08004500002400010000408400000a0705010a070502045700160000000000000000080000040000";
  const dump = [process.execPath, main, "dump", "-i", "v0"];
  captureOf(
    frames(sctp),
    [lines, ...dump, "sctp port 22"],
    [objects, ...dump, "--json", "sctp port 22"],
  );
  assert.match(
    readFileSync(lines, "utf8"),
    /^\S+ IP 10\.7\.5\.1\.1111 > 10\.7\.5\.2\.22: SCTP, length 4\n$/,
  );
  const { sport, dport } = JSON.parse(readFileSync(objects, "utf8")) as Row;
  assert.deepEqual([sport, dport], [1111, 22]);
});

/** More packets than there is room for, while the capture is stopped, and then the end of its terminal. */
const FLOOD = `
import signal, subprocess, sys, time
from socket import *
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
dump = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)
dump.stderr.readline()
dump.send_signal(signal.SIGSTOP)
s = socket(AF_INET, SOCK_DGRAM)
print(time.time())
for _ in range(50000): s.sendto(bytes(1000), ("127.0.0.1", 4242))
print(time.time(), flush=True)
dump.send_signal(signal.SIGCONT)
while [line for line in list(open("/proc/net/packet"))[1:] if int(line.split()[6])]: time.sleep(0.1)
dump.send_signal(signal.SIGHUP)
sys.stdout.write(dump.stderr.read())
`;

test("what is dropped is told, and the file whole, when the terminal goes", { skip }, (t) => {
  const ours = scratchPath(t);
  const dump = [process.execPath, main, "dump", "-i", "lo", "-w", ours, "udp"];
  const { stdout } = spawnSync("unshare", [...ownNet, "python3", "-c", FLOOD, ...dump], {
    encoding: "utf8",
  });
  const said =
    /^(\S+)\n(\S+)\n(\d+) packets captured\n(\d+) packets received [^\n]+\n(\d+) packets dropped/.exec(
      stdout,
    );
  const [from, to, captured, received, dropped] = said?.slice(1).map(Number) ?? [];
  const file = readFileSync(ours);
  // The kernel's time, to the microsecond.
  const time = file.readUInt32LE(24) + file.readUInt32LE(28) / 1e6;
  assert.ok(time >= Number(from) - 1e-6 && time <= Number(to), `${time} in ${stdout}`);
  assert.equal(packetsOf(ours).length, captured);
  assert.ok(dropped !== undefined && dropped > 0, stdout);
  assert.deepEqual([received, Number(captured) + dropped], [50_000, 50_000]);
});

/** A link goes down, comes up, has a packet, and is removed while it is up, or down. */
const GOING = `
import subprocess, sys, time
from socket import *
def ip(words): subprocess.run(["ip", *words.split()], check=True)
def up():
    ip("link set v0 up")
    subprocess.run(["sh", "-ec", ${JSON.stringify(`${UP}; up v0`)}], check=True)
ip("link add v0 type veth peer v1"); ip("link set v1 up"); up()
last, *command = sys.argv[1:]
dump = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
dump.stderr.readline()
ip("link set v0 down")
time.sleep(1)
up()
s = socket(AF_PACKET, SOCK_RAW); s.bind(("v1", 0))
s.send(bytes.fromhex("ffffffffffff02000000000188b501"))
sys.stdout.write(dump.stdout.readline())
if last == "down":
    ip("link set v0 down")
    time.sleep(1)
ip("link del v0")
sys.stdout.write(dump.stderr.read())
sys.exit(dump.wait())
`;

for (const last of ["up", "down"]) {
  test(`a link that comes up again, and is ${last} when it goes`, { skip }, () => {
    const dump = [process.execPath, main, "dump", "-i", "v0", "not ip6"];
    const args = [...ownNet, "python3", "-c", GOING, last, ...dump];
    const { status, stdout } = spawnSync("unshare", args, { encoding: "utf8", timeout: 60_000 });
    assert.match(
      stdout,
      /^\S+ ethertype 0x88b5, length 1\n1 packets captured\n1 [^\n]+\n0 [^\n]+\nberkeley: the capture ended: the interface is gone\n$/,
    );
    assert.equal(status, 1);
  });
}

test("an interface that is down from the start", { skip: noOwnNet }, () => {
  const args = [...ownNet, process.execPath, main, "dump", "-i", "lo"];
  const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual(
    { status, stderr },
    { status: 1, stderr: "berkeley: cannot capture: lo is down\n" },
  );
});

test("-s keeps the beginning of each packet, and its length", { skip }, (t) => {
  const [theirs, ours] = [scratchPath(t, "theirs"), scratchPath(t, "ours")];
  const words = ["-i", "lo", "-s", "50", "-nn", "-w"];
  capture(
    [theirs, "tcpdump", "--immediate-mode", ...words, "-", "udp"],
    ["/dev/null", process.execPath, main, "dump", ...words, ours, "udp"],
  );
  assert.deepEqual(packetsOf(ours), packetsOf(theirs));
  const [header, theirHeader] = [ours, theirs].map((path) => readFileSync(path).subarray(0, 24));
  assert.deepEqual(header, theirHeader);
  assert.ok(packetsOf(ours).some((packet) => packet.startsWith("60042: ")));
});

const UDP = `import socket; socket.socket(2, 2).sendto(b"hello", ("127.0.0.1", 4242))`;

test("a line, and an object, for a packet", { skip: noPython || noNamespace }, async (t) => {
  for (const json of ["", "--json"]) {
    const script = `ip link set lo up; exec ${berkeleyWords} dump -i lo -c 1 ${json} udp dst port 4242`;
    const sender = `while sleep 0.3; do python3 -c '${UDP}'; done`;
    const both = `(${sender}) & ${script}`;
    const args = ["--net", "--map-root-user", "--pid", "--fork", "--kill-child", "sh", "-ec", both];
    const { code, stdout, stderr } = await new Running(t, "unshare", args).ended();
    assert.equal(code, 0, stderr);
    if (json === "") {
      const line =
        /^\d\d:\d\d:\d\d\.\d{6} IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.4242: UDP, length 5\n$/;
      assert.match(stdout, line);
    } else {
      const { time, kind, src, dst, dport, length } = JSON.parse(stdout) as Row;
      assert.ok(Math.abs(Date.now() / 1000 - Number(time)) < 60, time);
      assert.deepEqual(
        { kind, src, dst, dport, length },
        { kind: "IP", src: "127.0.0.1", dst: "127.0.0.1", dport: 4242, length: 14 + 20 + 8 + 5 },
      );
    }
  }
});

/** Captures in a namespace of its own; `sender` runs there until the capture ends. */
function captureHere(sender: string, dump: string) {
  const script = `ip link set lo up; (while sleep 0.3; do ${sender}; done) & ${dump}`;
  const args = ["--net", "--map-root-user", "--pid", "--fork", "--kill-child", "sh", "-ec", script];
  return spawnSync("unshare", args, { encoding: "utf8" });
}

test("-w - is standard output, for a program that reads along", { skip }, (t) => {
  const path = scratchPath(t);
  const dump = `${berkeleyWords} dump -i lo -c 2 -w - udp dst port 4242 | cat > ${shellWords(path)}; test ! -e -`;
  const { status, stdout, stderr } = captureHere(`python3 -c '${UDP}'`, dump);
  assert.deepEqual({ status, stdout }, { status: 0, stdout: "" });
  assert.match(
    stderr,
    /^listening on lo; Ctrl-C ends\n2 packets captured\n[2-9] packets received by the filter\n0 packets dropped by the kernel\n$/,
  );
  const read = spawnSync("tcpdump", ["-nr", path], { encoding: "utf8" });
  const line = String.raw`\S+ IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.4242: UDP, length 5\n`;
  assert.match(read.stdout, RegExp(`^(${line}){2}$`));
});

for (const [path, says] of [
  [
    "/dev/full",
    /^listening [^\n]+\nberkeley: cannot write \/dev\/full: no space [^\n]+\(ENOSPC\)\n$/,
  ],
  [
    "/nowhere/at.all",
    /^berkeley: cannot write \/nowhere\/at\.all: no such file [^\n]+\(ENOENT\)\n$/,
  ],
] as const) {
  test(`-w ${path} is one line`, { skip: noPython || noNamespace }, () => {
    const { status, stdout, stderr } = captureHere(
      `python3 -c '${UDP}'`,
      `exec ${berkeleyWords} dump -i lo -w ${path}`,
    );
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.match(stderr, says);
  });
}

test("without the privilege the line names it", { skip: noNamespace }, () => {
  const args = ["--net", "--map-root-user", "setpriv", "--bounding-set=-net_raw"];
  const run = spawnSync(
    "unshare",
    [...args, "--inh-caps=-net_raw", process.execPath, main, "dump"],
    {
      encoding: "utf8",
    },
  );
  assert.equal(run.status, 1);
  assert.match(run.stderr, /^berkeley: cannot capture: [^\n]*CAP_NET_RAW[^\n]*setcap[^\n]*\n$/);
});

for (const [filter, says] of [
  ["tcp port nosuch", /"nosuch" is not a port: a port is a number/],
  ["tcp port", /a port is missing/],
  ["port and tcp", /a port is missing/],
  ["port 0x50", /"0x50" is not a port/],
  ["port 1e2", /"1e2" is not a port/],
  ["port 65536", /"65536" is not a port/],
  ["portrange 20-10", /ends before it begins/],
  ["portrange 20-", /is not a port: a range/],
  ["port 80 or 70000", /"70000" is not a port/],
  ["port 80 or ::1", /"::1" is not a port/],
  ["src host fd09::9 or fd09::/16", /"fd09::\/16" is not an address/],
  ["src host fd09::9 or abba", /"abba" is not an address/],
  ["port 80 or less", /less needs a number/],
  ["port 80 or", /"its end" is not understood/],
  ["icmp port 7", /icmp has no ports/],
  ["ip host ::1", /ip has no IPv6 addresses/],
  ["ip6 src net 10", /ip6 has no IPv4 addresses/],
  ["icmp host ::1", /icmp has no IPv6 addresses/],
  ["icmp6 host 10.0.0.1", /icmp6 has no IPv4 addresses/],
  ["arp net 10 or fd09::9", /arp has no IPv6 addresses/],
  ["larger 100", /"larger" is not understood/],
  ["greater -1", /greater needs a number/],
  ["constructor", /"constructor" is not understood/],
  ["__proto__ port 1", /"__proto__" is not understood/],
  ["constructor port 1", /"constructor" is not understood/],
  ["host localhost", /not an address/],
  ["dst", /an address is missing/],
  ["net 10.0.0.0/33", /at most 32 bits/],
  ["net 10.0.0.1/8", /are not 0/],
  ["net ten", /"ten" is not a network/],
  ["( tcp", /a \) is missing/],
  ["(".repeat(30_000), /more than 100 nested parentheses/],
  ["not ".repeat(20_000), /more than 100 nested parentheses and nots/],
  [`tcp${" or tcp".repeat(15_000)}`, /too long/],
  ["tcp tcp", /not understood there/],
] as const) {
  test(`"${filter.slice(0, 40)}" is one line`, async (t) => {
    const { code, stdout, stderr } = await berkeley(t, "dump", filter).ended();
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^berkeley: filter: [^\n]+\n$/);
    assert.match(stderr, says);
  });
}
