import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import test from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  htonl,
  htons,
  IP_FREEBIND,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  ntohl,
  ntohs,
  SOCK_DGRAM,
  SOL_IP,
} from "berkeley";
import { socket } from "berkeley/sync";
import fc from "fast-check";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = (packed: Uint8Array) => Buffer.from(packed).toString("hex");

test("four bytes have one text, and it has those bytes", () => {
  fc.assert(
    fc.property(bytes(4), (packed) => {
      const text = inetNtoa(packed);
      assert.ok(isIPv4(text));
      assert.equal(inetNtop(AF_INET, packed), text);
      assert.equal(hex(inetPton(AF_INET, text)), hex(packed));
      assert.equal(hex(inetAton(text)), hex(packed));
      assert.equal(hex(inetAton(`0x${hex(packed)}`)), hex(packed));
    }),
  );
});

test("sixteen bytes have a text, and it has those bytes", () => {
  fc.assert(
    fc.property(bytes(16), (packed) => {
      const text = inetNtop(AF_INET6, packed);
      assert.ok(isIPv6(text));
      assert.equal(hex(inetPton(AF_INET6, text)), hex(packed));
    }),
  );
});

test("a host of four numbers is what it is to inetAton, which reads them as the resolver does", () => {
  const number = fc
    .nat(255)
    .chain((n) => fc.constantFrom(`${n}`, `0${n.toString(8)}`, `0x${n.toString(16)}`));
  fc.assert(
    fc.property(fc.tuple(number, number, number), (parts) => {
      const host = `127.${parts.join(".")}`;
      using sock = socket(AF_INET, SOCK_DGRAM);
      sock.setsockopt(SOL_IP, IP_FREEBIND, 1); // the network's broadcast is no address of its own
      sock.bind([host, 0]);
      assert.equal(sock.getsockname()[0], inetNtoa(inetAton(host)));
    }),
  );
});

test("what only looks like four numbers is no numeric host", () => {
  using sock = socket(AF_INET, SOCK_DGRAM);
  const near = ["256.1.1.1", "1.2.3.4.", ".1.2.3", "1..2.3", "1.2.3.4.5", "1.2.3.4a", "1.2.3.٤"];
  for (const host of near) {
    const message = { contents: "", destination: [host, 9] as [string, number] };
    assert.throws(() => sock.sendmmsg([message]), /destination must be a numeric address/, host);
  }
});

test("every text of an address is one to inetPton, and its bytes give a text of the same", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const packed = inetPton(AF_INET6, text);
      assert.equal(hex(inetPton(AF_INET6, inetNtop(AF_INET6, packed))), hex(packed));
    }),
  );
});

test("any other text is EINVAL, and named", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes("\0") && !isIPv4(text) && !(isIPv6(text) && !text.includes("%")));
      for (const family of [AF_INET, AF_INET6]) {
        assert.throws(() => inetPton(family, text), { code: "EINVAL", syscall: "inet_pton" });
      }
    }),
  );
  const message = "inet_pton EINVAL '127.1'";
  assert.throws(() => inetPton(AF_INET, "127.1"), { name: "SocketError", message });
  assert.throws(() => inetAton("256.1"), { code: "EINVAL", message: "inet_aton EINVAL '256.1'" });
  assert.throws(() => inetPton(AF_INET6, "fe80::1%lo"), { code: "EINVAL" });
});

test("any view of bytes will do", () => {
  const packed = new Uint8Array([9, 127, 0, 0, 1, 9]).subarray(1, 5);
  const { buffer, byteOffset, byteLength } = packed;
  for (const view of [
    packed,
    packed.slice().buffer,
    new DataView(buffer, byteOffset, byteLength),
  ]) {
    assert.equal(inetNtoa(view), "127.0.0.1");
    assert.equal(inetNtop(AF_INET, view), "127.0.0.1");
  }
});

test("wrong arguments are named", () => {
  assert.throws(() => inetNtoa(new Uint8Array(3)), /^RangeError: inetNtoa: packed must be 4 bytes/);
  assert.throws(() => inetNtop(AF_INET6, new Uint8Array(4)), /^RangeError: .* 16 bytes/);
  assert.throws(() => inetNtop(AF_UNIX, new Uint8Array(4)), /^RangeError: inetNtop: family/);
  assert.throws(() => inetNtoa("abcd" as never), /^TypeError: inetNtoa: packed/);
  assert.throws(() => inetPton(AF_UNIX, "x"), { code: "EAFNOSUPPORT", syscall: "inet_pton" });
  assert.throws(() => inetAton(1 as never), TypeError);
  assert.throws(() => inetPton(AF_INET, "127.0.0.1\0"), TypeError);
});

test("the byte orders are each other's inverse", () => {
  const view = new DataView(new ArrayBuffer(4));
  fc.assert(
    fc.property(fc.nat(0xffff), (value) => {
      view.setUint16(0, value);
      assert.equal(htons(value), view.getUint16(0, true));
      assert.equal(ntohs(htons(value)), value);
    }),
  );
  fc.assert(
    fc.property(fc.nat(0xffffffff), (value) => {
      view.setUint32(0, value);
      assert.equal(htonl(value), view.getUint32(0, true));
      assert.equal(ntohl(htonl(value)), value);
    }),
  );
  assert.equal(htonl(0xffffffff), 0xffffffff);
  for (const value of [-1, 0x10000, 0.5]) assert.throws(() => htons(value), RangeError);
  for (const value of [-1, 2 ** 32, Number.NaN]) assert.throws(() => ntohl(value), RangeError);
  assert.throws(() => ntohs("1" as never), TypeError);
});
