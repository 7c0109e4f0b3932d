/** Control messages as bytes: sizes as Python has them, and bytes that nobody sane would send. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { type AncillaryMessage, CMSG_LEN, CMSG_SPACE } from "berkeley";
import fc from "fast-check";
import { python, root } from "../support/machine.js";
import { without } from "../support/peers.js";

interface Wire {
  packControl(call: string, ancdata: unknown): Buffer | null;
  unpackControl(bytes: Buffer, length: number): AncillaryMessage[];
}

const { packControl, unpackControl }: Wire = await import(
  pathToFileURL(join(root, "dist-cjs/control/wire.js")).href
);

const INT_MAX = 2 ** 31 - 1;
const HEADER = 16;

const SIZES = `
import json, socket, sys
def of(f, n):
    try: return f(n)
    except OverflowError: return None
print(json.dumps([[of(f, n) for n in json.loads(sys.argv[1])]
                  for f in (socket.CMSG_LEN, socket.CMSG_SPACE)]))
`;

function orNull(call: () => number): number | null {
  try {
    return call();
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return null;
  }
}

test("CMSG_LEN and CMSG_SPACE are Python's, up to the last int", { skip: without.python }, () => {
  const last = Array.from({ length: 40 }, (_, i) => INT_MAX - i);
  const sizes = [-1, 0, 1, 4, 7, 8, 9, 12, 16, 1000, 65535, ...last, 2 ** 31, 2 ** 32];
  const theirs = JSON.parse(
    execFileSync(python, ["-c", SIZES, JSON.stringify(sizes)], { encoding: "utf8" }),
  );
  const ours = [CMSG_LEN, CMSG_SPACE].map((size) => sizes.map((n) => orNull(() => size(n))));
  assert.deepEqual(ours, theirs);
});

test("a size that is no number is a TypeError", () => {
  // @ts-expect-error: that is what is tested
  assert.throws(() => CMSG_LEN("1"), TypeError);
});

const int32 = fc.integer({ min: -(2 ** 31), max: INT_MAX });
const data = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

test("what is packed is unpacked", () => {
  const list = fc.array(fc.tuple(int32, int32, data), { maxLength: 6 });
  fc.assert(
    fc.property(list, (messages) => {
      const packed = packControl("test", messages) ?? Buffer.alloc(0);
      assert.deepEqual(unpackControl(packed, packed.length), messages);
    }),
  );
});

test("between messages are zeros, whatever lay there before", () => {
  const rounds = Math.ceil(Buffer.poolSize / 32) * 2;
  for (let i = 0; i < rounds; i++) Buffer.allocUnsafe(32).fill(0xff);
  for (let i = 0; i < rounds; i++) {
    const packed = packControl("test", [[1, 2, "abc"]]) as Buffer;
    assert.equal(packed.toString("hex"), `13${"00".repeat(7)}01000000020000006162630000000000`);
    packed.fill(0xff);
  }
});

test("bytes are counted, whatever their class says of its length", () => {
  class Odd extends Uint8Array {
    override get length(): number {
      return 99;
    }
  }
  const packed = packControl("test", [[1, 2, new Odd(new ArrayBuffer(3))]]);
  assert.deepEqual(packed, packControl("test", [[1, 2, "\0\0\0"]]));
});

test("cut anywhere, whole messages stay whole and the last is cut", () => {
  const messages: AncillaryMessage[] = [
    [1, 1, Buffer.from("abcdefgh")],
    [0, 2, Buffer.from("ijkl")],
  ];
  const packed = packControl("test", messages) as Buffer;
  for (let length = 0; length <= packed.length; length++) {
    const got = unpackControl(packed, length);
    const first = Buffer.from("abcdefgh").subarray(0, Math.max(length - HEADER, 0));
    const second = Buffer.from("ijkl").subarray(0, Math.max(length - 24 - HEADER, 0));
    const expected = [
      ...(length >= HEADER ? [[1, 1, first]] : []),
      ...(length >= 24 + HEADER ? [[0, 2, second]] : []),
    ];
    assert.deepEqual(got, expected, `${length} bytes`);
  }
});

test("whatever the bytes claim, nothing outside them is read, and the list ends", () => {
  // Lengths near every bound: of the header, of the buffer, of 32 and of 64 bits.
  const claim = fc.oneof(
    fc.bigInt({ min: 0n, max: 80n }),
    fc.constantFrom(2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), claim, fc.nat(100), (bytes, length, end) => {
      const memory = Buffer.concat([Buffer.from(bytes), Buffer.alloc(32, 0xee)]);
      if (bytes.length >= 8) memory.writeBigUInt64LE(length);
      const inside = Buffer.from(memory.subarray(0, Math.min(end, bytes.length)));
      const got = unpackControl(memory, inside.length);
      assert.ok(got.length <= inside.length / HEADER);
      for (const [, , part] of got) assert.ok(part.length === 0 || inside.includes(part));
    }),
    { numRuns: 2000 },
  );
});

test("no control messages are no bytes", () => {
  for (const none of [undefined, null, []]) assert.equal(packControl("test", none), null);
});

test("what is no control message is a TypeError that names itself", () => {
  const wrong = [[1], [[1, 1]], [["1", 1, "x"]], [[1, 1, 5]], { 0: 1 }, "x", [[1, 1, "x", 1]]];
  for (const one of wrong) assert.throws(() => packControl("sendmsg", one), /sendmsg: .* must be/);
});
