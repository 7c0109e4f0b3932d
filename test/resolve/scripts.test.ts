/** Names in other scripts, as the resolver has them and as people read them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Directory, root } from "../support/machine.js";

const HOSTS = `127.7.7.7 xn--wgv71a119e.test
127.7.7.8 xn--a.test
127.7.7.9 Plain_Name.test
`;

const program = `
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
const { AF_INET, AI_CANONIDN, AI_CANONNAME, NI_IDN, NI_NUMERICHOST, SOCK_STREAM } = berkeley;
const said = [];
for (const { getaddrinfo, getnameinfo } of [berkeley, sync]) {
  for (const flags of [0, NI_IDN, NI_IDN | NI_NUMERICHOST]) {
    for (const last of [7, 8, 9]) said.push((await getnameinfo(["127.7.7." + last, 1], flags))[0]);
  }
  for (const flags of [AI_CANONNAME, AI_CANONNAME | AI_CANONIDN, 0]) {
    const rows = await getaddrinfo("日本語.test", 1, AF_INET, SOCK_STREAM, 0, flags);
    said.push(rows[0][3]);
  }
}
console.log(JSON.stringify(said));
`;

const lacks = () => spawnSync("unshare", ["--mount", "true"]).status !== 0;

test("NI_IDN and AI_CANONIDN give names in their own script", {
  skip: lacks() && "there is no mount namespace to be had",
}, () => {
  using folder = new Directory();
  const hosts = join(folder.path, "hosts");
  writeFileSync(hosts, HOSTS);
  const shell = `mount --bind "$0" /etc/hosts && exec "$@"`;
  const run = [process.execPath, "--input-type=module", "-e", program];
  const args = ["--mount", "sh", "-c", shell, hosts, ...run];
  const { stdout, stderr } = spawnSync("unshare", args, { cwd: root, encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  const [ascii, wrong, plain] = ["xn--wgv71a119e.test", "xn--a.test", "Plain_Name.test"];
  const numbers = ["127.7.7.7", "127.7.7.8", "127.7.7.9"];
  const names = [ascii, wrong, plain, "日本語.test", wrong, plain, ...numbers];
  const said = [...names, ascii, "日本語.test", ""];
  assert.deepEqual(JSON.parse(stdout), [...said, ...said]);
});
