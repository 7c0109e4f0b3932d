/** `berkeley families` says of each family what Python finds. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { berkeley, main, noPython, Running } from "./program.js";

interface Tried {
  family: string;
  number: number;
  type: string;
  protocol: string | null;
  offered: boolean;
  code: string | null;
}

const PYTHON = `
import errno, json, socket, sys
for number, type in json.load(sys.stdin):
    try:
        socket.socket(number, type).close()
        print("null")
    except OSError as error:
        print(json.dumps(errno.errorcode[error.errno]))
`;

const TYPES: Record<string, number> = {
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_RDM: 4,
  SOCK_SEQPACKET: 5,
  SOCK_DCCP: 6,
};

test("each family and type is what Python gets", { skip: noPython }, async (t) => {
  const { code, stdout, stderr } = await berkeley(t, "families", "--json").ended();
  assert.equal(code, 0, stderr);
  const tried = (JSON.parse(stdout) as Tried[]).filter(({ protocol }) => protocol === null);
  assert.ok(tried.length > 100, "every family with every type");
  const input = JSON.stringify(tried.map(({ number, type }) => [number, TYPES[type]]));
  const python = spawnSync("python3", ["-c", PYTHON], { input, encoding: "utf8" });
  const theirs = python.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    tried.map(({ family, type, code: ours }) => [family, type, ours]),
    tried.map(({ family, type }, at) => [family, type, theirs[at]]),
  );
});

test("the table has what every Linux has", async (t) => {
  const { stdout } = await berkeley(t, "families").ended();
  assert.match(stdout, /^FAMILY +NO +STREAM +DGRAM +RAW +RDM +SEQPACKET +DCCP$/m);
  assert.match(stdout, /^AF_UNIX +1 +yes +yes +yes +- +yes +-$/m);
  assert.match(stdout, /^AF_INET +2 +tcp\b.* udp\b/m);
  assert.match(stdout, /^AF_NETLINK +16 +- +yes +yes +- +- +-$/m);
});

/** The user as which a test runs without privilege: the user nobody, who must be able to read the
 *  checkout. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const noReader =
  spawnSync(process.execPath, [main, "--version"], nobody).status === 0
    ? false
    : "needs a checkout that user 65534 can read";

test("without privilege the types of AF_PACKET are forbidden, also those that there are not", {
  skip: noReader,
}, async (t) => {
  const program = new Running(t, process.execPath, [main, "families"], nobody);
  const { code, stdout, stderr } = await program.ended();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^AF_PACKET +17( +EPERM){6}$/m);
  const help = await berkeley(t, "families", "--help").ended();
  assert.match(help.stdout, /The kernel may look at\s+the privilege first/);
});
