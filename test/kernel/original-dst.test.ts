/** SO_ORIGINAL_DST: where a connection was going before netfilter redirected it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { AF_INET, AF_INET6 } from "berkeley";
import { createConnection, createServer, getOption, socket } from "berkeley/sync";

/** False, or why there is no NAT here. */
function missing(command: string): string | false {
  const run = spawnSync(command, ["-t", "nat", "-L", "-n"], { encoding: "utf8" });
  if (run.error !== undefined) return `there is no ${command}`;
  return run.status === 0 ? false : `this kernel has no NAT for ${command}, or this is not root`;
}

const rows = [
  {
    name: "SO_ORIGINAL_DST",
    family: AF_INET,
    host: "127.0.0.1",
    command: "iptables-legacy",
    rest: [],
  },
  {
    name: "IP6T_SO_ORIGINAL_DST",
    family: AF_INET6,
    host: "::1",
    command: "ip6tables-legacy",
    rest: [0, 0],
  },
] as const;

for (const { name, family, host, command, rest } of rows) {
  test(`${name} is where a redirected connection was going`, { skip: missing(command) }, () => {
    const listener = createServer([host, 0], { family });
    // Bound but not listening, so that nobody else can take the port.
    const reserved = socket(family);
    reserved.bind([host, 0]);
    const [, from] = reserved.getsockname();
    const [, to] = listener.getsockname();
    const match = ["-p", "tcp", "--dport", String(from)];
    const rule = ["OUTPUT", ...match, "-j", "REDIRECT", "--to-ports", String(to)];
    const nat = (action: string) => spawnSync(command, ["-t", "nat", action, ...rule]).status;
    assert.equal(nat("-A"), 0);
    try {
      const client = createConnection([host, from]);
      const [server] = listener.accept();
      assert.equal(server.getsockname()[1], to);
      assert.deepEqual(getOption(server, name), [host, from, ...rest]);
      const direct = createConnection([host, to]);
      const [straight] = listener.accept();
      assert.deepEqual(getOption(straight, name), [host, to, ...rest]);
      for (const one of [client, server, direct, straight]) one.close();
    } finally {
      assert.equal(nat("-D"), 0);
      reserved.close();
      listener.close();
    }
  });
}
