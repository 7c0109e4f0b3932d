/** `berkeley server` and `berkeley client`, with each other and with the tutorial's own programs. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { without } from "../support/peers.js";
import { berkeley, noPython, peer, Running, scratchPath, serverOnPort } from "./program.js";

/** What the client prints when 你好, then q, come from a pipe. */
const transcript = "欢迎光临\n请输入要发送的内容你好\n你好好的\n请输入要发送的内容q\n";
const datagramTranscript = transcript.replace("欢迎光临\n", "");

async function conversation(t: TestContext, ...where: string[]): Promise<string> {
  const { code, stderr, stdout } = await berkeley(t, "client", ...where)
    .end("你好\nq\n")
    .ended();
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout;
}

test("client and server: TCP over IPv4", async (t) => {
  const { server, port } = await serverOnPort(t);
  assert.equal(await conversation(t, "--port", port), transcript);
  const [, client] = await server.says(/\[1\] (127\.0\.0\.1:\d+) connected\n/);
  await server.says(`[1] ${client} left: said q\n`);
});

test("client and server: TCP over IPv6", { skip: without.ipv6 }, async (t) => {
  const { server, port } = await serverOnPort(t, "--host", "::1");
  assert.equal(await conversation(t, "--host", "::1", "--port", port), transcript);
  await server.says(/\[1\] \[::1\]:\d+ left: said q\n/);
});

test("client and server: a host's name", async (t) => {
  const { port } = await serverOnPort(t, "--host", "localhost");
  assert.equal(await conversation(t, "--host", "localhost", "--port", port), transcript);
});

test("client and server: UDP", async (t) => {
  const { server, port } = await serverOnPort(t, "--udp");
  assert.equal(await conversation(t, "--port", port, "--udp"), datagramTranscript);
  await server.says(/127\.0\.0\.1:\d+ sent 6 bytes\n/);
});

for (const name of ["path", "abstract"]) {
  for (const udp of [false, true]) {
    test(`client and server: Unix, ${name}, ${udp ? "datagrams" : "stream"}`, async (t) => {
      const unix = name === "path" ? scratchPath(t) : `@berkeley-test-${process.pid}-${udp}`;
      const where = ["--unix", unix, ...(udp ? ["--udp"] : [])];
      await berkeley(t, "server", ...where).says(`listening on ${unix}`);
      assert.equal(await conversation(t, ...where), udp ? datagramTranscript : transcript);
    });
  }
}

test("the end of the input without q ends the client with 0, and the server goes on", async (t) => {
  const { server, port } = await serverOnPort(t);
  for (const id of [1, 2]) {
    const { code, stdout } = await berkeley(t, "client", "--port", port).end("你好\n").ended();
    assert.equal(code, 0);
    assert.equal(stdout, transcript.replace(/q\n$/, "\n"));
    await server.says(`[${id}] `);
  }
});

test("an empty line is asked again, since TCP cannot carry it", async (t) => {
  const { port } = await serverOnPort(t);
  const { stdout } = await berkeley(t, "client", "--port", port).end("\n你好\n\nq\n").ended();
  const asked = "请输入要发送的内容";
  assert.equal(stdout, `欢迎光临\n${asked}\n${asked}你好\n你好好的\n${asked}\n${asked}q\n`);
});

test("many lines from a pipe are all answered, in order", async (t) => {
  const { port } = await serverOnPort(t);
  const lines = Array.from({ length: 3000 }, (_, index) => `第${index}行`);
  const { stdout } = await berkeley(t, "client", "--port", port).end(lines.join("\n")).ended();
  const answers = stdout.split("\n").filter((line) => line.endsWith("好的"));
  assert.deepEqual(
    answers,
    lines.map((line) => `${line}好的`),
  );
});

test("a line far longer than one recv comes back whole", async (t) => {
  const { port } = await serverOnPort(t);
  const long = "长".repeat(60_000);
  const { stdout } = await berkeley(t, "client", "--port", port).end(`${long}\nq\n`).ended();
  assert.ok(stdout.includes(long));
  assert.equal(stdout.replaceAll("好的", "").split(long).length, 3, "once typed, once answered");
});

test("the server talks with any number of clients at once", async (t) => {
  const { server, port } = await serverOnPort(t);
  const clients = Array.from({ length: 5 }, () => berkeley(t, "client", "--port", port));
  for (const client of clients) await client.says("请输入要发送的内容");
  // The first to connect is the last to speak: no client waits for another.
  for (const [index, client] of [...clients.entries()].reverse()) {
    client.type(`${index}\n`);
    await client.says(`${index}好的\n`);
  }
  for (const client of clients) assert.equal((await client.end("q\n").ended()).code, 0);
  for (const id of [1, 2, 3, 4, 5]) await server.says(RegExp(`\\[${id}\\] .* left: said q\n`));
});

test("--connect-only shows the connection, and the server goes on accepting", async (t) => {
  const { server, port } = await serverOnPort(t, "--connect-only");
  for (const id of [1, 2]) {
    const client = berkeley(t, "client", "--port", port, "--connect-only").end();
    const [, address] = await client.says(RegExp(`connected to 127.0.0.1:${port} from (.*)\n`));
    assert.equal((await client.ended()).code, 0);
    await server.says(`[${id}] ${address} connected\n`);
    await server.says(RegExp(`socket \\d+: 127.0.0.1:${port} <- ${address}\n`));
  }
});

test("our client, the tutorial's server", { skip: noPython }, async (t) => {
  const server = new Running(t, "python3", [peer("tutorial_server.py"), "0"]);
  const [, port] = await server.says(/^(\d+)\n/);
  assert.equal(await conversation(t, "--port", port as string), transcript);
  // Without a q in its input the client sends one itself: the tutorial's server would not survive an end of
  // stream.
  await berkeley(t, "client", "--port", port as string)
    .end("你好\n")
    .ended();
  assert.equal(await conversation(t, "--port", port as string), transcript);
  // The server's recv(1024) makes two messages of this line: its two answers are shown as one reply, whole.
  const long = "x".repeat(1500);
  const { stdout } = await berkeley(t, "client", "--port", port as string)
    .end(`${long}\nq`)
    .ended();
  assert.ok(stdout.includes(`\n${"x".repeat(1024)}好的${"x".repeat(476)}好的\n`));
});

test("the tutorial's client, our server", { skip: noPython }, async (t) => {
  const { server, port } = await serverOnPort(t);
  const client = new Running(t, "python3", [peer("tutorial_client.py"), port]);
  const { code, stdout } = await client.end("你好\n再见\nq\n").ended();
  assert.equal(code, 0);
  const asked = "请输入要发送的内容";
  assert.equal(stdout, `欢迎光临\n${asked}你好好的\n${asked}再见好的\n${asked}`);
  await server.says(/\[1\] .* left: said q\n/);
});
