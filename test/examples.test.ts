/** Every file under examples/, run as its reader would run it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Running, root } from "./cli/program.js";

const folder = join(root, "build/examples");
const tested = new Set<string>();

function run(t: TestContext, name: string, ...args: string[]): Running {
  tested.add(name);
  return new Running(t, process.execPath, [join(folder, `${name}.js`), ...args]);
}

/** A server among the examples, on a port that the kernel picks. */
async function serve(t: TestContext, name: string) {
  const server = run(t, name, "0");
  const [, port] = await server.says(/\[ '127\.0\.0\.1', (\d+) \]\n/);
  return { server, port: port as string };
}

const faces = ["sync", "promises"];

for (const face of faces) {
  for (const other of faces) {
    test(`part three: ${face} server, ${other} client`, async (t) => {
      const { server, port } = await serve(t, `${face}/connect-server`);
      for (let client = 0; client < 2; client++) {
        assert.equal((await run(t, `${other}/connect-client`, port).ended()).code, 0);
      }
      await server.says(/(Socket \{ fd: \d+, .* \} \[ '127\.0\.0\.1', \d+ \]\n){2}$/);
    });

    test(`part five: ${face} server, ${other} client`, async (t) => {
      const { server, port } = await serve(t, `${face}/talk-server`);
      const asked = "请输入要发送的内容";
      for (const input of ["你好\n再见\nq\n", "你好\n再见\n"]) {
        const client = run(t, `${other}/talk-client`, port).end(input);
        const { code, stdout, stderr } = await client.ended();
        assert.equal(stderr, "");
        assert.equal(code, 0);
        assert.equal(stdout, `欢迎光临\n${asked}你好好的\n${asked}再见好的\n${asked}`);
      }
      await server.says(/\n(\[ '127\.0\.0\.1', \d+ \]\n){2}$/);
    });
  }

  test(`part four: ${face}`, async (t) => {
    const { code, stdout, stderr } = await run(t, `${face}/calls`).ended();
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `accepted the client: true
its peer is the server: true
a descriptor's number: true
sent 6 bytes
received 你好
received 再见 from null
nothing there yet: EAGAIN
the end of the stream: 0 bytes
nobody listens there now: 111
sent 9 bytes
received 一封信
`,
    );
  });
}

test("the promise server talks with a client while another is silent", async (t) => {
  const { port } = await serve(t, "promises/talk-server");
  const silent = run(t, "promises/talk-client", port);
  await silent.says("请输入要发送的内容");
  const { stdout } = await run(t, "sync/talk-client", port).end("你好\nq\n").ended();
  assert.match(stdout, /你好好的/);
  assert.equal((await silent.end("q\n").ended()).code, 0);
});

test("the README's taste of both faces", async (t) => {
  const { server, port } = await serve(t, "echo");
  assert.equal((await run(t, "echo-client", port).ended()).stdout, "你好\n");
  await server.says("is here");
});

test("no example is left out", () => {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => name.replace(/\.js$/, ""));
  const imported = ["sync/input"]; // by sync/talk-client
  assert.deepEqual([...tested, ...imported].sort(), names.sort());
});
