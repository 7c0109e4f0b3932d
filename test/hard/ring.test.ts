/** The calls of a tick are one call of the kernel's by io_uring. Where that is forbidden or fails they are
 * made one by one, and nobody can tell by anything else. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { outputInjected } from "../support/injected.js";
import { root } from "../support/machine.js";
import { without } from "../support/peers.js";

/** Echoes of all kinds between many sockets, with each byte checked. Prints whether there is io_uring. */
const program = `
import assert from "node:assert/strict";
import {
  AF_INET, AF_UNIX, has, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, socket, socketpair,
} from "berkeley";
const COUNT = 20, ROUNDS = 20;
const message = (i, round) => Buffer.alloc(1 + ((i * 7 + round) % 3) * 700, (i * 16 + round) % 255);
async function talk(i, send, answer) {
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = message(i, round);
    await send(bytes);
    for (let got = 0; got < bytes.length; ) {
      const part = await answer(bytes.length - got);
      assert.ok(part.length > 0 && part.equals(bytes.subarray(got, got + part.length)));
      got += part.length;
    }
  }
}
async function echo(recv, send) {
  for (let data = await recv(); data !== null; data = await recv()) await send(data);
}
for (const type of [SOCK_STREAM, SOCK_SEQPACKET]) {
  for (const into of [false, true]) {
    const memory = Array.from({ length: COUNT }, () => Buffer.alloc(4096));
    const pairs = memory.map(() => socketpair(AF_UNIX, type));
    const recv = async (near, i) => {
      const data = into
        ? memory[i].subarray(0, await near.recvInto(memory[i]))
        : await near.recv(4096);
      return data.length > 0 ? data : null;
    };
    const echoes = pairs.map(([near], i) =>
      echo(() => recv(near, i), (data) => near.sendall(data)));
    await Promise.all(pairs.map(([, far], i) =>
      talk(i, (bytes) => far.sendall(bytes), (size) => far.recv(size))));
    for (const [, far] of pairs) far.close();
    await Promise.all(echoes);
    for (const [near] of pairs) near.close();
  }
}
const names = Array.from({ length: COUNT }, () => [0, 0].map(() => {
  const one = socket(AF_INET, SOCK_DGRAM);
  one.bind(["127.0.0.1", 0]);
  return one;
}));
const echoes = names.map(([near]) => echo(
  async () => {
    const [data, peer] = await near.recvfrom(4096);
    return data.length > 1 || data[0] !== 255 ? [data, peer] : null;
  },
  ([data, peer]) => near.sendto(data, peer),
));
await Promise.all(names.map(async ([near, far], i) => {
  const to = near.getsockname();
  await talk(i, (bytes) => far.sendto(bytes, to), (size) => far.recv(size));
  await far.sendto(Buffer.of(255), to);
}));
await Promise.all(echoes);
for (const pair of names) for (const one of pair) one.close();
for (const type of [SOCK_DGRAM, SOCK_SEQPACKET]) {
  const [near, far] = socketpair(AF_UNIX, type);
  for (let round = 0; round < ROUNDS; round++) {
    const reads = Array.from({ length: COUNT }, () => near.recv(4096));
    await new Promise((resolve) => setImmediate(resolve)); // they wait
    await Promise.all(reads.map((_, i) => far.send(message(i, round))));
    for (const [i, data] of (await Promise.all(reads)).entries()) {
      assert.ok(data.equals(message(i, round)));
    }
  }
  for (const one of [near, far]) one.close();
}
console.log(String(has.io_uring));
`;

function output(env: NodeJS.ProcessEnv): string {
  const options = { cwd: root, env: { ...process.env, ...env } };
  const args = ["--input-type=module", "-e", program];
  return execFileSync(process.execPath, args, { ...options, encoding: "utf8" }).trim();
}

test("without io_uring, as the environment says, all calls are made one by one", () => {
  assert.equal(output({ UV_USE_IO_URING: "0" }), "false");
});

test("with io_uring all is the same", (t) => {
  if (output({ UV_USE_IO_URING: "1" }) !== "true")
    t.skip("the kernel has no io_uring, or forbids it");
});

for (const errno of ["EPERM", "ENOSYS", "ENOMEM"]) {
  test(`io_uring_setup that is ${errno}`, { skip: without.strace }, () => {
    assert.equal(outputInjected(`io_uring_setup:error=${errno}`, program), "false");
  });
}

// The first such calls may be libuv's own: if they fail, it ends the process.
for (const when of ["20", "21", "27"]) {
  test(`io_uring_enter that fails, call ${when}`, { skip: without.strace }, () => {
    assert.equal(outputInjected(`io_uring_enter:error=EBUSY:when=${when}`, program), "false");
  });
}

// This is how a sandbox refuses what it does not know.
for (const errno of ["EPERM", "ENOSYS"]) {
  test(`recvmmsg and sendmmsg that are ${errno}`, { skip: without.strace }, () => {
    outputInjected(`recvmmsg,sendmmsg:error=${errno}`, program);
  });
}
