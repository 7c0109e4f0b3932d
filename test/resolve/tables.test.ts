import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import test from "node:test";
import {
  getprotobyname,
  getservbyname,
  getservbyport,
  IPPROTO_TCP,
  ifIndextoname,
  ifNameindex,
  ifNametoindex,
  sethostname,
} from "berkeley";

const without = (file: string) => (existsSync(file) ? false : `no ${file} on this machine`);
const services = { skip: without("/etc/services") };

test("getservbyname and getservbyport are each other's inverse", services, () => {
  assert.equal(getservbyname("http"), 80);
  assert.equal(getservbyname("http", "tcp"), 80);
  assert.equal(getservbyname("domain", "udp"), 53);
  assert.equal(getservbyname("http", null), 80);
  assert.equal(getservbyport(80), "http");
  assert.equal(getservbyport(53, "udp"), "domain");
});

test("a service that no table has is ENOENT, and named", () => {
  assert.throws(() => getservbyname("no such"), {
    name: "SocketError",
    code: "ENOENT",
    syscall: "getservbyname",
    message: "getservbyname ENOENT 'no such'",
  });
  assert.throws(() => getservbyname("http", "none"), { message: /'http' 'none'$/ });
  assert.throws(() => getservbyport(80, "none"), { code: "ENOENT", message: /80 'none'$/ });
  assert.throws(() => getservbyport(0), { code: "ENOENT" });
  assert.throws(() => getservbyport(65536), RangeError);
  assert.throws(() => getservbyport("80" as never), TypeError);
  assert.throws(() => getservbyname("a\0b"), TypeError);
});

test("getprotobyname", { skip: without("/etc/protocols") }, () => {
  assert.equal(getprotobyname("tcp"), IPPROTO_TCP);
  assert.equal(getprotobyname("ip"), 0);
  assert.throws(() => getprotobyname("no such"), {
    code: "ENOENT",
    message: "getprotobyname ENOENT 'no such'",
  });
});

test("interfaces: index and name are each other's inverse", () => {
  const rows = ifNameindex();
  assert.ok(rows.some(([, name]) => name === "lo"));
  for (const name of Object.keys(networkInterfaces())) {
    assert.ok(rows.some((row) => row[1] === name));
  }
  for (const [index, name] of rows) {
    assert.equal(ifNametoindex(name), index);
    assert.equal(ifIndextoname(index), name);
  }
});

test("an interface that there is not has the kernel's errno", () => {
  assert.throws(() => ifNametoindex("none"), {
    name: "SocketError",
    code: "ENODEV",
    message: "if_nametoindex ENODEV 'none'",
  });
  for (const index of [0, 99_999, 2 ** 32 - 1]) {
    assert.throws(() => ifIndextoname(index), { code: "ENXIO", syscall: "if_indextoname" });
  }
  assert.throws(() => ifNametoindex("sixteen-bytes-xx"), RangeError);
  for (const index of [-1, 2 ** 32, 1.5]) assert.throws(() => ifIndextoname(index), RangeError);
});

test("without a descriptor to ask with there are no interfaces, but an error", () => {
  const program = `
    import { openSync } from "node:fs";
    import { ifNameindex } from ${JSON.stringify(import.meta.resolve("berkeley"))};
    try {
      for (;;) openSync("/dev/null");
    } catch {}
    ifNameindex();`;
  const shell = ["-c", 'ulimit -n 100; exec "$@"', "sh", process.execPath];
  const args = [...shell, "--input-type=module", "--eval", program];
  const { stderr } = spawnSync("sh", args, { encoding: "utf8" });
  assert.match(stderr, /^SocketError: if_nameindex EMFILE$/m);
});

const namespace = spawnSync("unshare", ["--uts", "true"]);
const withoutUts = namespace.status === 0 ? false : "may make no UTS namespace (CAP_SYS_ADMIN)";

test("sethostname renames the host", { skip: withoutUts }, () => {
  const script = `
    import { gethostname, sethostname } from ${JSON.stringify(import.meta.resolve("berkeley"))};
    sethostname("berkeley-one");
    const first = gethostname();
    sethostname(Buffer.from("berkeley-two"));
    console.log(first, gethostname());`;
  const node = [process.execPath, "--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync("unshare", ["--uts", ...node], { encoding: "utf8" });
  assert.equal(stdout, "berkeley-one berkeley-two\n", stderr);
});

test("sethostname refuses what is too long", { skip: withoutUts }, () => {
  assert.throws(() => sethostname("x".repeat(65)), { code: "EINVAL", syscall: "sethostname" });
});
