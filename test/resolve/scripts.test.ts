/** Names of a hosts file of the tests' own: in other scripts, as the resolver has them and as people read them; and in
 *  either family, with aliases. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Directory, root } from "../support/machine.js";

const HOSTS = `127.7.7.7 xn--wgv71a119e.test
127.7.7.8 xn--a.test
127.7.7.9 Plain_Name.test
127.7.7.10 www.XN--wgv71a119e.test
127.7.7.11 one.test two.test
127.7.7.12 plain one.plain.test two.plain.test
127.7.7.13 alone
2001:db8::7 six.test seven.test
`;

const program = `
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
const { AF_INET, AI_CANONIDN, AI_CANONNAME, NI_IDN, NI_NUMERICHOST, SOCK_DGRAM, SOCK_STREAM } = berkeley;
const said = [];
for (const { getaddrinfo, getnameinfo, socket } of [berkeley, sync]) {
  for (const flags of [0, NI_IDN, NI_IDN | NI_NUMERICHOST]) {
    for (const last of [7, 8, 9, 10]) said.push((await getnameinfo(["127.7.7." + last, 1], flags))[0]);
  }
  for (const flags of [AI_CANONNAME, AI_CANONNAME | AI_CANONIDN, 0]) {
    const rows = await getaddrinfo("日本語.test", 1, AF_INET, SOCK_STREAM, 0, flags);
    said.push(rows[0][3]);
  }
  const udp = socket(AF_INET, SOCK_DGRAM);
  await udp.connect(["日本語.test", 1]);
  said.push(udp.getpeername()[0]);
  udp.close();
}
console.log(JSON.stringify(said));
`;

const entries = `
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
const said = [];
for (const { getfqdn, gethostbyaddr, gethostbynameEx } of [berkeley, sync]) {
  said.push(await gethostbyaddr("2001:db8::7"), await gethostbyaddr("日本語.test"));
  said.push(await gethostbynameEx("日本語.test"), await gethostbynameEx("two.test"));
  const hosts = ["127.7.7.11", "two.test", "127.7.7.12", "alone", "2001:db8::7", "x".repeat(300)];
  for (const host of hosts) said.push(await getfqdn(host));
}
console.log(JSON.stringify(said));
`;

const lacks = () => spawnSync("unshare", ["--mount", "true"]).status !== 0;

const skip = lacks() && "there is no mount namespace to be had";

/** What a program says where that is the hosts file. */
function underHosts(program: string): unknown {
  using folder = new Directory();
  const hosts = join(folder.path, "hosts");
  writeFileSync(hosts, HOSTS);
  const shell = `mount --bind "$0" /etc/hosts && exec "$@"`;
  const run = [process.execPath, "--input-type=module", "-e", program];
  const args = ["--mount", "sh", "-c", shell, hosts, ...run];
  const { stdout, stderr } = spawnSync("unshare", args, { cwd: root, encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

test("NI_IDN and AI_CANONIDN give names in their own script", { skip }, () => {
  const [ascii, wrong, plain] = ["xn--wgv71a119e.test", "xn--a.test", "Plain_Name.test"];
  const numbers = ["127.7.7.7", "127.7.7.8", "127.7.7.9", "127.7.7.10"];
  const ownScript = ["日本語.test", wrong, plain, "www.日本語.test"];
  const names = [ascii, wrong, plain, "www.XN--wgv71a119e.test", ...ownScript, ...numbers];
  const said = [...names, ascii, "日本語.test", "", "127.7.7.7"];
  assert.deepEqual(underHosts(program), [...said, ...said]);
});

test("a host's entry has its names and addresses, and getfqdn the first name with a dot", {
  skip,
}, () => {
  const ascii = "xn--wgv71a119e.test";
  const said = [
    ["six.test", ["seven.test"], ["2001:db8::7"]],
    [ascii, [], ["127.7.7.7"]],
    [ascii, [], ["127.7.7.7"]],
    ["one.test", ["two.test"], ["127.7.7.11"]],
    ...["one.test", "one.test", "one.plain.test", "alone", "six.test", "x".repeat(300)],
  ];
  assert.deepEqual(underHosts(entries), [...said, ...said]);
});
