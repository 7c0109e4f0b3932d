import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import test from "node:test";
import * as berkeley from "berkeley";
import { AF_INET, constants, SocketError } from "berkeley";

interface PythonSocket {
  python: string;
  constants: Record<string, number | string>;
}

const root = dirname(createRequire(import.meta.url).resolve("berkeley/package.json"));

function readPythonSocket(file: string): PythonSocket {
  return JSON.parse(readFileSync(join(root, "test/data", file), "utf8"));
}

// The second was built with bluetooth's headers, and the first was not.
for (const file of ["python-3.13-socket.json", "python-3.11-bluetooth-socket.json"]) {
  const { python, constants: pythons } = readPythonSocket(file);

  test(`every constant of Python ${python}'s socket is here with its value`, () => {
    const ours = Object.fromEntries(Object.keys(pythons).map((name) => [name, constants[name]]));
    assert.ok(Object.keys(pythons).length > 300);
    assert.deepEqual(ours, pythons);
  });
}

test("every constant is a named export too", () => {
  const exported: Record<string, unknown> = { ...berkeley };
  for (const [name, value] of Object.entries(constants)) assert.equal(exported[name], value, name);
});

test("a constant's type is its value", () => {
  const inet: 2 = AF_INET;
  const stream: 1 = constants.SOCK_STREAM;
  assert.deepEqual([inet, stream], [2, 1]);
});

test("a constant that Linux lacks is undefined, and no named export", () => {
  for (const name of ["SO_NOSIGPIPE", "AF_LINK", "toString"]) {
    assert.equal(constants[name], undefined);
    assert.ok(!(name in berkeley), name);
  }
});

test("32-bit flags are positive", () => {
  assert.equal(constants.CAN_EFF_FLAG, 0x80000000);
  assert.equal(constants.EPOLLET, 0x80000000);
  assert.equal(constants.INADDR_BROADCAST, 0xffffffff);
  assert.equal(constants.VMADDR_CID_ANY, 0xffffffff);
});

test("what filters, options and memberships take has its names", () => {
  const { ND_ROUTER_ADVERT, CLOCK_MONOTONIC, CLOCK_TAI, NFNLGRP_NFTABLES } = constants;
  assert.deepEqual(
    [ND_ROUTER_ADVERT, CLOCK_MONOTONIC, CLOCK_TAI, NFNLGRP_NFTABLES], // of ICMPV6_FILTER, SO_TXTIME, NETLINK_ADD_MEMBERSHIP
    [134, 1, 11, 7],
  );
});

test("the levels of options and control messages have their names, and what PACKET_AUXDATA tells", () => {
  const { SOL_CAN_ISOTP, SOL_CAN_J1939, SOL_VSOCK, TP_STATUS_VLAN_VALID } = constants;
  assert.deepEqual(
    [SOL_CAN_ISOTP, SOL_CAN_J1939, SOL_VSOCK, TP_STATUS_VLAN_VALID],
    [106, 107, 287, 16],
  );
});

test("the reference names each error by the code that arrives", () => {
  const codes = new Set(Array.from({ length: 200 }, (_, n) => new SocketError(-n, "").code));
  const pages = readdirSync(join(root, "docs/api"), { recursive: true, encoding: "utf8" });
  const named = pages
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) =>
      readFileSync(join(root, "docs/api", page), "utf8").match(/^- `SocketError`:[\s\S]*?\n\n/gm),
    )
    .flatMap((text) => text?.match(/\bE[A-Z0-9]{3,}\b/g) ?? []);
  assert.ok(named.length > 100, `${named.length}`);
  assert.deepEqual(
    [...new Set(named)].filter((code) => !codes.has(code)),
    [],
  );
});

test("the constants cannot be changed", () => {
  assert.throws(() => Object.assign(constants, { AF_INET: 3 }), TypeError);
});
