/** The client at a terminal: editing, history, and what comes while the user types. */
import assert from "node:assert/strict";
import { on, once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { atTerminal, main, noPython, peer, Running, serverOnPort } from "./program.js";

const UP = "\x1b[A";
const LEFT = "\x1b[D";
const BACKSPACE = "\x7f";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_Z = "\x1a";

test("a line is edited, sent, and fetched again from the history", {
  skip: noPython,
}, async (t) => {
  const { server, port } = await serverOnPort(t);
  const client = atTerminal(t, "client", "--port", port);
  await client.says("请输入要发送的内容");
  client.type(`你们${BACKSPACE}x${LEFT}`);
  await client.says("\x1b[1D");
  // Sent separately: readline takes keys that come in one read for a paste, which it puts at the end.
  client.type("好");
  await client.says("你好x");
  client.type("\r");
  await client.says("\n你好x好的\r\n");
  client.type(`${UP}!\r`);
  await client.says("\n你好x!好的\r\n");
  client.type("q\r");
  const { code, stdout } = await client.ended();
  assert.equal(code, 0);
  assert.match(stdout, /^connected to 127\.0\.0\.1:\d+; q ends\r\n欢迎光临\r\n/);
  await server.says(/left: said q\n/);
});

for (const [name, key] of [
  ["Ctrl-C", CTRL_C],
  ["Ctrl-D", CTRL_D],
] as const) {
  test(`${name} at the prompt leaves as q does`, { skip: noPython }, async (t) => {
    const { server, port } = await serverOnPort(t);
    const client = atTerminal(t, "client", "--port", port);
    await client.says("请输入要发送的内容");
    client.type(key);
    const { code, stdout } = await client.ended();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\n$/, "the shell's prompt gets a line of its own");
    await server.says(/left: said q\n/);
  });
}

test("Ctrl-C ends the client while it waits for the greeting", { skip: noPython }, async (t) => {
  const silent = createServer().listen(0, "127.0.0.1");
  t.after(() => silent.close());
  silent.on("connection", (sock) => t.after(() => sock.destroy()));
  await once(silent, "listening");
  const client = atTerminal(t, "client", "--port", String((silent.address() as AddressInfo).port));
  await client.says("connected to");
  client.type(CTRL_C);
  assert.equal((await client.ended()).code, 0);
});

for (const command of ["client", "tutorial"]) {
  test(`Ctrl-Z stops the ${command}, and fg goes on with the line`, {
    skip: noPython,
  }, async (t) => {
    const { port } = await serverOnPort(t);
    const where = command === "client" ? ["--port", port] : [];
    // Only a shell with job control can stop a program, and bring it back.
    const shell = ["sh", "-c", `set -m; "$0" "$@"; echo stopped; fg`, process.execPath, main];
    const client = new Running(t, "python3", [peer("terminal.py"), ...shell, command, ...where]);
    await client.says("请输入要发送的内容");
    client.type("你");
    await client.says("你");
    client.type(CTRL_Z);
    await client.says(/stopped\r\n[\s\S]*请输入要发送的内容你/);
    client.type("好\r");
    await client.says("\n你好好的\r\n");
    client.type("q\r");
    assert.equal((await client.ended()).code, 0);
  });
}

/** What is left on the screen: a line is erased, and then drawn again from its beginning. */
function screen(output: string): string[] {
  return output.split("\r\n").map((line) => line.split("J").at(-1) as string);
}

test("a reply is printed above what was typed ahead", { skip: noPython }, async (t) => {
  const slow = createServer().listen(0, "127.0.0.1");
  t.after(() => slow.close());
  await once(slow, "listening");
  const client = atTerminal(t, "client", "--port", String((slow.address() as AddressInfo).port));
  const [sock] = (await once(slow, "connection")) as [Socket];
  t.after(() => sock.destroy());
  const messages = on(sock, "data");
  const hear = async (text: string) => assert.equal(String((await messages.next()).value), text);
  sock.write("欢迎光临");
  await client.says("请输入要发送的内容");
  client.type("一\r");
  await hear("一");
  client.type("二");
  await client.says("二");
  sock.write("一好的");
  await client.says("\r\x1b[J一好的\r\n");
  await client.says("请输入要发送的内容二");
  // Whole lines, too: each is shown with its prompt when its turn comes.
  client.type("二\r三\r四");
  await hear("二二");
  await client.says("四");
  sock.write("二二好的");
  await client.says("请输入要发送的内容三\r\n");
  await hear("三");
  sock.write("三好的");
  await client.says("请输入要发送的内容四");
  client.type(`${BACKSPACE}q\r`);
  const { code, stdout } = await client.ended();
  assert.equal(code, 0);
  const asked = "请输入要发送的内容";
  assert.deepEqual(screen(stdout).slice(-5, -2), ["二二好的", `${asked}三`, "三好的"]);
});

test("Ctrl-C ends the server", { skip: noPython }, async (t) => {
  const server = atTerminal(t, "server", "--port", "0");
  await server.says("listening on");
  server.type(CTRL_C);
  const { code, stdout } = await server.ended();
  assert.equal(code, 0);
  assert.match(stdout, /\nended\r\n$/);
});

test("a server that ends tells a client that waits at its prompt", {
  skip: noPython,
}, async (t) => {
  const { server, port } = await serverOnPort(t);
  const client = atTerminal(t, "client", "--port", port);
  await client.says("请输入要发送的内容");
  client.type("没说完");
  await client.says("没说完");
  server.kill("SIGINT");
  const { code, stdout } = await client.ended();
  assert.equal(code, 1);
  assert.match(stdout, /没说完\r\nberkeley: 127\.0\.0\.1:\d+ hung up: .*\r\n$/);
});

test("berkeley tutorial at a terminal", { skip: noPython }, async (t) => {
  const tutorial = atTerminal(t, "tutorial");
  await tutorial.says("请输入要发送的内容");
  tutorial.type("你好\r");
  await tutorial.says("\n你好好的\r\n");
  tutorial.type(`${UP}\r`);
  await tutorial.says(/\n你好好的\r\n[\s\S]*\n你好好的\r\n/);
  tutorial.type("q\r");
  assert.equal((await tutorial.ended()).code, 0);
});
