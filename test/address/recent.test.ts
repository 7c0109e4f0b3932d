/** The tables of addresses met lately: what is in them, and that they do not grow. */
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../support/machine.js";

interface Recent {
  RecentlyPacked: new () => {
    get(host: string, port: number): Uint8Array | undefined;
    keep(host: string, port: number, sockaddr: Uint8Array): Uint8Array;
  };
  RecentTexts: new () => {
    get(bytes: Uint8Array, from: number, to: number): string | undefined;
    keep(bytes: Uint8Array, from: number, to: number, text: string): string;
  };
}

const { RecentlyPacked, RecentTexts }: Recent = await import(
  pathToFileURL(join(root, "dist-cjs/address/recent.js")).href
);

test("of thousands of peers a thousand are known at a time, and not the same for good", () => {
  const table = new RecentlyPacked();
  const peers = Array.from({ length: 60_000 }, (_, i) => ({
    host: `${i >> 1}`, // two ports of each
    port: i,
    sockaddr: Uint8Array.of(i),
  }));
  const known = () => {
    const all = peers.filter(({ host, port }) => table.get(host, port) !== undefined);
    for (const { host, port, sockaddr } of all) assert.equal(table.get(host, port), sockaddr);
    return all.map(({ port }) => port);
  };
  const first = Array.from({ length: 1024 }, (_, i) => i);
  for (const { host, port, sockaddr } of peers) {
    assert.equal(table.keep(host, port, sockaddr), sockaddr);
    if (port === 2000) assert.deepEqual(known(), first);
  }
  const last = known();
  assert.equal(last.length, 1024);
  assert.ok((last[0] as number) > 20_000, `${last[0]}`); // begun anew for the second time, or later
});

test("a text is that of these bytes, and of no others with their hash or their start", () => {
  const texts = new RecentTexts();
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7919) & 0xff));
  const given = Buffer.alloc(300);
  for (let end = 0; end <= bytes.length; end++) {
    bytes.copy(given);
    const text = `${end} bytes`;
    assert.equal(texts.keep(given, 0, end, text), text);
    given.fill(0); // its next address
    assert.equal(texts.get(bytes, 0, end), text);
    for (let other = 0; other <= bytes.length; other++) {
      const found = texts.get(bytes, 0, other);
      assert.ok(found === undefined || found === `${other} bytes`, `${other}: ${found}`);
    }
  }
});
