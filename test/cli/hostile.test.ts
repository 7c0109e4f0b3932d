/** The program, with peers that do what the tutorial does not foresee. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { berkeley, main, Running, serverOnPort } from "./program.js";

/** A server that runs `talk` with its one client. Returns its port, and that client's socket. */
async function oneClient(t: TestContext, talk: (sock: Socket) => Promise<void>): Promise<string> {
  const server = createServer((sock) => {
    sock.setNoDelay(true);
    sock.on("error", () => {});
    talk(sock).catch(() => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return String((server.address() as AddressInfo).port);
}

/** Writes each piece as a segment of its own. */
async function inPieces(sock: Socket, bytes: Buffer, ...cuts: number[]): Promise<void> {
  const ends = [...cuts, bytes.length];
  for (const [index, end] of ends.entries()) {
    sock.write(bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
    await pause(30);
  }
}

test("a reply cut anywhere, inside characters too, is shown whole", async (t) => {
  const port = await oneClient(t, async (sock) => {
    await inPieces(sock, Buffer.from("欢迎光临"), 1, 5, 11);
    for await (const data of sock) await inPieces(sock, Buffer.from(`${data}好的`), 1, 2, 3, 6, 9);
  });
  const { stdout, code } = await berkeley(t, "client", "--port", port).end("😀你\n再见\nq").ended();
  const asked = "请输入要发送的内容";
  assert.equal(stdout, `欢迎光临\n${asked}😀你\n😀你好的\n${asked}再见\n再见好的\n${asked}q\n`);
  assert.equal(code, 0);
});

test("a reply of another form is shown whole, cut characters too", async (t) => {
  const long = "很长的回答😀".repeat(10_000);
  const port = await oneClient(t, async (sock) => {
    await inPieces(sock, Buffer.from("您好，这里不是教程"), 4);
    await once(sock, "data");
    await inPieces(sock, Buffer.from(long), 17, 70_001, 140_003);
    await once(sock, "data");
    sock.end();
  });
  const { stdout } = await berkeley(t, "client", "--port", port).end("你好\nq").ended();
  assert.ok(stdout.startsWith("您好，这里不是教程\n"));
  assert.ok(stdout.includes(`\n${long}\n`));
});

test("a reply that only repeats the line is shown, after a wait for its rest", async (t) => {
  const port = await oneClient(t, async (sock) => {
    sock.write("欢迎光临");
    for await (const data of sock) sock.write(data);
  });
  const { stdout, code } = await berkeley(t, "client", "--port", port).end("你好\nq").ended();
  assert.match(stdout, /请输入要发送的内容你好\n你好\n请输入要发送的内容q\n$/);
  assert.equal(code, 0);
});

test("what the server says on its own is shown while the prompt waits", async (t) => {
  let speak = () => {};
  const port = await oneClient(t, async (sock) => {
    sock.write("欢迎光临");
    speak = () => sock.write("要下班了");
  });
  const client = berkeley(t, "client", "--port", port);
  await client.says("请输入要发送的内容");
  speak();
  await client.says("请输入要发送的内容\n要下班了\n请输入要发送的内容");
  assert.equal((await client.end("q\n").ended()).code, 0);
});

test("a server that hangs up ends the client with one line, though its input is open", async (t) => {
  const port = await oneClient(t, async (sock) => void sock.end("欢迎光临"));
  const { code, stderr, stdout } = await berkeley(t, "client", "--port", port).ended();
  assert.equal(code, 1);
  assert.match(stdout, /^欢迎光临\n/);
  assert.match(stderr, /^berkeley: 127\.0\.0\.1:\d+ hung up: .*\n$/);
});

test("a server that resets ends the client with one line", async (t) => {
  const port = await oneClient(t, async (sock) => {
    sock.write("欢迎光临");
    await once(sock, "data");
    sock.resetAndDestroy();
  });
  const { code, stderr } = await berkeley(t, "client", "--port", port).end("你好\nq").ended();
  assert.equal(code, 1);
  assert.match(stderr, /^berkeley: 127\.0\.0\.1:\d+ hung up: .*\n$/);
});

test("control characters from the other side are shown, not obeyed", async (t) => {
  const port = await oneClient(t, async (sock) => void sock.write("\x1b[2J\x07\x9b欢迎\t光临\n"));
  const { stdout } = await berkeley(t, "client", "--port", port).end("q").ended();
  assert.ok(stdout.startsWith("\\x1b[2J\\x07\\x9b欢迎\t光临\n"));
});

test("the server waits for the rest of a cut character, and outlives rude clients", async (t) => {
  const { server, port } = await serverOnPort(t);
  const sock = connect(Number(port), "127.0.0.1").setNoDelay(true);
  let heard = "";
  sock.setEncoding("utf8").on("data", (text) => {
    heard += text;
  });
  await once(sock, "data");
  await inPieces(sock, Buffer.from("你"), 1, 2);
  while (heard !== "欢迎光临你好的") await once(sock, "data");
  sock.resetAndDestroy();
  await server.says(/\[1\] .* left: ECONNRESET\n/);

  connect(Number(port), "127.0.0.1").end();
  await server.says(/\[2\] .* left: hung up\n/);
  assert.equal((await berkeley(t, "client", "--port", port).end("q").ended()).code, 0);
});

test("at its limit of descriptors the server waits, and goes on when there is room", async (t) => {
  const limited = `ulimit -n 48; exec "$0" "$1" server --port 0`;
  const server = new Running(t, "sh", ["-c", limited, process.execPath, main]);
  const [, port] = await server.says(/listening on .*:(\d+)/);
  const socks = Array.from({ length: 60 }, () => connect(Number(port), "127.0.0.1"));
  for (const sock of socks) sock.on("error", () => {});
  await server.says("EMFILE");
  for (const sock of socks) sock.destroy();
  assert.equal(
    (
      await berkeley(t, "client", "--port", port as string)
        .end("q")
        .ended()
    ).code,
    0,
  );
});
