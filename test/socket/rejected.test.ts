/** A connection that a router or a firewall rejects while connect(2) is under way: the kernel goes on with
 *  it, and keeps the error for SO_ERROR. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { root } from "../support/machine.js";
import { lacksNamespaces, makeNamespaces, type Namespaces } from "../support/namespaces.js";

/** The kinds of route to the peer that `b`, the router, has. */
const KINDS = { unreachable: "EHOSTUNREACH", prohibit: "EHOSTUNREACH" };
const BEHIND = "10.99.0.1";

/** Prints the outcome of a connect to the peer, and of the next one to another address, where nothing listens. */
const program = (entry: string, timeout: number | null): string => `
  import { socket } from "${entry}";
  const tcp = socket();
  tcp.settimeout(${timeout});
  for (const host of ["${BEHIND}", "127.0.0.1"]) {
    try {
      await tcp.connect([host, 9]);
    } catch ({ code }) {
      console.log(code);
    }
  }
  process.exit();`;

const skip = lacksNamespaces() ?? false;

describe("a connection that is rejected on its way", { skip }, () => {
  let spaces: Namespaces;
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync("ip", args, { encoding: "utf8", cwd: root });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  before(async () => {
    spaces = await makeNamespaces();
    run("-n", spaces.a, "route", "add", BEHIND, "via", "10.77.1.2");
    // The kernel is to send an error for each packet, and not one a second. The machine may lack sysctl(8).
    const settings = "cd /proc/sys/net/ipv4; echo 1 > ip_forward; echo 0 > icmp_ratelimit";
    run("netns", "exec", spaces.b, "sh", "-ec", settings);
  });
  after(() => spaces.remove());

  for (const [kind, code] of Object.entries(KINDS)) {
    for (const entry of ["berkeley", "berkeley/sync"]) {
      it(`${kind}, ${entry}: is told before the kernel asks again, and may go to another address`, () => {
        run("-n", spaces.b, "route", "replace", kind, BEHIND);
        // This is more than a second later, when the error comes while no call is under way.
        const args = ["--input-type=module", "-e", program(entry, 0.9)];
        const said = run("netns", "exec", spaces.a, process.execPath, ...args);
        assert.deepEqual(said.split("\n").slice(0, 2), [code, "ECONNREFUSED"]);
      });
    }
  }
});
