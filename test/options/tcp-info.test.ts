/** TCP_INFO: the fields against the struct of the headers, and their values on a connection. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AF_INET, constants, IPPROTO_TCP, SOCK_STREAM, TCP_INFO } from "berkeley";
import { createServer, getOption, type Socket, setOption, socket } from "berkeley/sync";

/** Whose ends have windows of different scales. */
function connection(): [Socket, Socket] {
  const listener = createServer(["127.0.0.1", 0]);
  const client = socket(AF_INET, SOCK_STREAM);
  setOption(client, "SO_RCVBUF", 10_000);
  client.connect(listener.getsockname());
  const [server] = listener.accept();
  listener.close();
  return [client, server];
}

/** `snd_mss` is `sndMss`. */
const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** The members of struct tcp_info, as the compiler lays them out: [name, offset, size]. */
function layout(): [string, number, number][] | undefined {
  const cc = process.env.CC ?? "cc";
  const preprocessed = spawnSync(cc, ["-E", "-P", "-x", "c", "-"], {
    input: "#include <linux/tcp.h>",
    encoding: "utf8",
  });
  if (preprocessed.error !== undefined) return undefined;
  const body = preprocessed.stdout.match(/struct tcp_info \{([^}]*)\}/)?.[1] ?? "";
  const names = [...body.matchAll(/tcpi_(\w+)\s*;/g)].map(([, name]) => name as string);
  const rows = names.map(
    (name) =>
      `printf("${name} %zu %zu\\n", offsetof(struct tcp_info, tcpi_${name}), ` +
      `sizeof(((struct tcp_info *)0)->tcpi_${name}));`,
  );
  const source = `#include <stdio.h>
    #include <stddef.h>
    #include <linux/tcp.h>
    int main(void) { ${rows.join("\n")} }`;
  const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
  const program = join(folder, "layout");
  try {
    const compiled = spawnSync(cc, ["-x", "c", "-", "-o", program], {
      input: source,
      encoding: "utf8",
    });
    assert.equal(compiled.status, 0, compiled.stderr);
    const lines = spawnSync(program, { encoding: "utf8" }).stdout.trim().split("\n");
    return lines.map((line) => {
      const [name, offset, size] = line.split(" ");
      return [name as string, Number(offset), Number(size)];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those that headers older than Linux 6.7 lack. */
const NEWEST: [name: string, offset: number, size: number][] = [
  ["rcv_wnd", 232, 4],
  ["rehash", 236, 4],
  ["total_rto", 240, 2],
  ["total_rto_recoveries", 242, 2],
  ["total_rto_time", 244, 4],
];

/** What moves between two readings: times since, and rates over them. */
const MOVING = /^(last|delivery|busy|pacing|rcvRtt|sndbufL|rwndL)/;

test("every field of the headers' struct is decoded from its place", (t) => {
  const members = layout()?.filter(([name]) => !/wscale|app_limited|client_fail/.test(name));
  if (members === undefined) return t.skip("there is no C compiler");
  assert.ok(members.length > 50, `${members.length} members`);
  const [client, server] = connection();
  client.sendall("some data");
  server.recv(100);
  const info = getOption(client, "TCP_INFO") as unknown as Record<string, number | undefined>;
  const bytes = client.getsockopt(IPPROTO_TCP, TCP_INFO, 512);
  for (const [name, offset, size] of [...members, ...NEWEST]) {
    if (offset + size > bytes.length) continue;
    const got = info[camel(name)];
    assert.equal(typeof got, "number", name);
    if (MOVING.test(camel(name))) continue;
    const raw = size === 8 ? Number(bytes.readBigUInt64LE(offset)) : bytes.readUIntLE(offset, size);
    assert.equal(got === Number.POSITIVE_INFINITY ? 2 ** 64 : got, raw, name);
  }
  assert.equal(info.maxPacingRate, Number.POSITIVE_INFINITY);
  // These are bit-fields, of two bytes.
  const [scales, flags] = bytes.subarray(6, 8) as unknown as [number, number];
  if (scales !== 0) assert.notEqual(scales & 15, scales >> 4); // else nothing tells them apart
  assert.deepEqual([info.sndWscale, info.rcvWscale], [scales & 15, scales >> 4]);
  assert.deepEqual(info.deliveryRateAppLimited, (flags & 1) === 1);
  assert.deepEqual(info.fastopenClientFail, (flags >> 1) & 3);
  client.close();
  server.close();
});

test("TCP_INFO of a connection says what went over it", () => {
  const [client, server] = connection();
  client.sendall(Buffer.alloc(1000));
  let received = 0;
  while (received < 1000) received += server.recv(1000).length;
  const info = getOption(server, "TCP_INFO");
  assert.equal(info.state, constants.TCP_ESTABLISHED);
  assert.equal(info.bytesReceived, 1000);
  assert.equal(getOption(client, "TCP_INFO").bytesSent, 1000);
  assert.ok(info.sndCwnd > 0 && info.rtt > 0);
  assert.equal(typeof info.deliveryRateAppLimited, "boolean");
  client.close();
  server.close();
  const unconnected = socket(AF_INET, SOCK_STREAM);
  assert.equal(getOption(unconnected, "TCP_INFO").state, constants.TCP_CLOSE);
  unconnected.close();
});
