/** Datagram sockets when no port is left: EAGAIN, and no event says when there is one again. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { root } from "../support/machine.js";

const probe = spawnSync("unshare", ["--net", "ip", "link", "set", "lo", "up"]);
const skip =
  probe.status === 0 ? false : "no network namespace (CAP_SYS_ADMIN), or no ip (iproute2)";

/** Prints the outcome of each call, without a timeout and with one. */
const program = (entry: string): string => `
  import * as it from "${entry}";
  const to = ["127.0.0.1", 9];
  const udp = () => it.socket(it.AF_INET, it.SOCK_DGRAM);
  const held = udp();
  held.bind(["0.0.0.0", 0]);
  const calls = [
    (one) => one.connect(to),
    (one) => one.connectEx(to),
    (one) => one.sendto("x", to),
    (one) => one.sendmsg(["x"], [], 0, to),
    (one) => one.sendmmsg([{ contents: "x", destination: to }]),
  ];
  for (const timeout of [null, 0.02]) {
    for (const call of calls) {
      const one = udp();
      one.settimeout(timeout);
      try {
        console.log(await call(one));
      } catch ({ code }) {
        console.log(code);
      }
    }
  }
  if (it.Socket.prototype[Symbol.asyncIterator]) {
    const one = udp();
    const all = await Promise.allSettled([1, 2, 3].map(() => one.sendto("x", to)));
    console.log(...all.map(({ reason }) => reason?.code));
    one.settimeout(5);
    const waiting = one.sendto("x", to);
    held.close();
    console.log(await waiting);
  }
  process.exit();`;

/** As in Python, also with a timeout: its connect does not wait for a port, either. */
const EXPECTED = ["EAGAIN", "11", "EAGAIN", "EAGAIN", "EAGAIN"];
const WITH_TIMEOUT = ["EAGAIN", "11", "ETIMEDOUT", "ETIMEDOUT", "ETIMEDOUT"];
const MANY = ["EAGAIN EAGAIN EAGAIN", "1"];

for (const [entry, more] of [
  ["berkeley", MANY],
  ["berkeley/sync", []],
] as const) {
  test(`${entry}: no port is left for a datagram socket`, { skip }, () => {
    const setUp = "echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range; ip link set lo up";
    const node = [process.execPath, "--input-type=module", "-e", program(entry)];
    const args = ["--net", "sh", "-ec", `${setUp}; exec "$@"`, "sh", ...node];
    const options = { encoding: "utf8", cwd: root, timeout: 10_000 } as const;
    const { stdout, stderr } = spawnSync("unshare", args, options);
    assert.deepEqual(stdout.trim().split("\n"), [...EXPECTED, ...WITH_TIMEOUT, ...more], stderr);
  });
}
