/** Values of options that are refused before the kernel gets them. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_INET,
  IP_OPTIONS,
  IPPROTO_IP,
  SO_BINDTODEVICE,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
  setOption,
} from "berkeley";
import { faces } from "../support/faces.js";

/** `length` bytes: they take no memory as long as nobody touches them. `null` if no array can have so many. */
function bytes(length: number): Uint8Array | null {
  try {
    return new Uint8Array(length);
  } catch {
    return null;
  }
}

// In 32 bits these lengths are -2^31, 0 and 4: the last one would fit the option.
for (const length of [2 ** 31, 2 ** 32, 2 ** 32 + 4]) {
  const value = bytes(length);
  const skip = value === null && "no array can be so long here";
  for (const [name, face] of faces) {
    test(`${name}: setsockopt of ${length} bytes is a RangeError`, { skip }, () => {
      using sock = face.socket(AF_INET, SOCK_DGRAM);
      const message = new RegExp(`value must be at most 2147483647 bytes, got ${length}$`);
      const set = () => sock.setsockopt(IPPROTO_IP, IP_OPTIONS, value as Uint8Array);
      assert.throws(set, { name: "RangeError", message });
      const byName = () => setOption(sock, "IP_OPTIONS", value as Uint8Array);
      assert.throws(byName, {
        name: "RangeError",
        message: /IP_OPTIONS must be at most 2147483647/,
      });
      assert.deepEqual(sock.getsockopt(IPPROTO_IP, IP_OPTIONS, 40), Buffer.alloc(0));
    });
  }
}

for (const [name, face] of faces) {
  test(`${name}: getsockopt of 0 bytes gives a number, as Python's`, () => {
    using sock = face.socket(AF_INET, SOCK_DGRAM);
    const type: unknown = sock.getsockopt(SOL_SOCKET, SO_TYPE, 0);
    assert.equal(type, SOCK_DGRAM);
  });

  test(`${name}: setsockopt without a value says what it takes`, () => {
    using sock = face.socket(AF_INET, SOCK_DGRAM);
    const set = () => sock.setsockopt(SO_REUSEADDR, 1, undefined as never); // its level forgotten
    assert.throws(set, { name: "TypeError", message: /value must be a number, boolean, string, / });
  });
}

for (const [name, face] of faces) {
  test(`${name}: an option of no bytes is 0, whatever was asked for before`, () => {
    using sock = face.socket(AF_INET, SOCK_DGRAM);
    assert.equal(sock.getsockopt(SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    assert.equal(sock.getsockopt(SOL_SOCKET, SO_BINDTODEVICE), 0);
  });
}
