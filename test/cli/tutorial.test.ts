/** `berkeley tutorial`, which is what `npm start` runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { berkeley, Running, root } from "./program.js";

const asked = "请输入要发送的内容";

/** The conversation without the server's own lines. */
function conversation(stdout: string): string {
  return stdout.replace(/^server: .*\n/gm, "");
}

for (const input of ["你好\nq\n", "你好\nq", "你好\nq\n没人听了\n"]) {
  test(`npm start, lines from a pipe: ${JSON.stringify(input)}`, async (t) => {
    const npm = new Running(t, "npm", ["--silent", "start"], { cwd: root });
    const { code, stderr, stdout } = await npm.end(input).ended();
    assert.equal(stderr, "");
    assert.equal(conversation(stdout), `欢迎光临\n${asked}你好\n你好好的\n${asked}q\n`);
    assert.equal(code, 0);
    assert.match(stdout, /^server: listening on 127\.0\.0\.1:\d+\nserver: \[1\] .* connected\n/);
    assert.match(stdout, /server: \[1\] .* left: said q\n$/);
  });
}

for (const [input, transcript] of [
  ["你好\n", `欢迎光临\n${asked}你好\n你好好的\n${asked}\n`],
  ["", `欢迎光临\n${asked}\n`],
] as const) {
  test(`the end without q: ${JSON.stringify(input)}`, async (t) => {
    const { code, stderr, stdout } = await berkeley(t, "tutorial").end(input).ended();
    assert.equal(stderr, "");
    assert.equal(conversation(stdout), transcript);
    assert.equal(code, 0);
  });
}
