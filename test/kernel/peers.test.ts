/** An exchange with Python at the other end, in both faces: it asks and we answer, then we ask and it
 * answers. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import * as later from "berkeley";
import * as now from "berkeley/sync";
import { python, root } from "../support/machine.js";
import { type Kind, kinds, lacks } from "./kinds.js";

/** Python itself: a wrapper such as pyenv's starts many programs, and each takes long in this kernel. */
const asked = spawnSync(python, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
const interpreter = asked.stdout?.trim() ?? "";
const noPython = asked.status === 0 ? false : "no python3 on this machine";

/** When a peer that hangs gives up; nothing here takes as long. */
const PATIENCE_SEC = 60;

type Socket = later.Socket<later.Family> | now.Socket<later.Family>;
type Make = (family: number, type: number, proto: number) => Socket;
const faces: [name: string, make: Make][] = [
  ["berkeley", later.socket],
  ["berkeley/sync", now.socket],
];

interface Peer {
  /** The next line that it writes; if there is none, throws what it says. */
  line(): Promise<string>;
}

/** J1939's names, all zero here, are numbers to Python. */
const plain = (_: string, one: unknown) => (typeof one === "bigint" ? Number(one) : one);

function start(role: "server" | "client", kind: Kind, to: unknown = null): Peer {
  const { family, type, proto, connected, listens, data } = kind;
  const bind = role === "server" ? kind.bind : kind.client;
  const how = { family, type, proto, connected, listens, bind, to, data: data.toString("hex") };
  const json = JSON.stringify(how, plain);
  const child = spawn(interpreter, [join(root, "test/kernel/peer.py"), role, json]);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async line() {
      const { value, done } = await lines.next();
      assert.ok(done !== true, `python3 ended early: ${errors}`);
      return value;
    },
  };
}

/** A Buffer with its ASCII letters in capitals, as by `bytes.upper()`. */
const upper = (data: Buffer) =>
  Buffer.from(data.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)));

async function serve(sock: Socket, kind: Kind): Promise<void> {
  if (kind.connected) {
    const [conn] = await sock.accept();
    conn.settimeout(PATIENCE_SEC);
    await conn.sendall(upper(await conn.recv(100)));
    conn.close();
  } else {
    const [data, who] = await sock.recvfrom(100);
    assert.ok(who !== null);
    await sock.sendto(upper(data), who);
  }
}

async function ask(sock: Socket, kind: Kind, to: unknown): Promise<Buffer> {
  if (kind.connected) {
    await sock.connect(to as never);
    await sock.sendall(kind.data);
    return sock.recv(100);
  }
  await sock.sendto(kind.data, to as never);
  const [reply] = await sock.recvfrom(100);
  return reply;
}

for (const kind of kinds) {
  const { name, family, type, proto, bind, client } = kind;
  const skip = noPython || lacks(name, family, type, proto, bind);
  for (const [face, make] of faces) {
    test(`${name} (${face}): Python asks and we answer`, { skip }, async () => {
      using sock = make(family, type, proto);
      sock.settimeout(PATIENCE_SEC);
      sock.bind(bind);
      if (kind.listens) sock.listen();
      const peer = start("client", kind, kind.to(sock.getsockname() as unknown[]));
      await serve(sock, kind);
      assert.equal(await peer.line(), upper(kind.data).toString("hex"));
    });

    test(`${name} (${face}): we ask and Python answers`, { skip }, async () => {
      const peer = start("server", kind);
      const bound = JSON.parse(await peer.line());
      using sock = make(family, type, proto);
      sock.settimeout(PATIENCE_SEC);
      if (client !== null) sock.bind(client);
      const reply = await ask(sock, kind, kind.to(bound));
      assert.deepEqual(reply, upper(kind.data));
      const who = JSON.parse(await peer.line());
      const name = kind.seen(sock.getsockname() as unknown[]);
      assert.deepEqual(who, JSON.parse(JSON.stringify(name, plain)));
    });
  }
}
