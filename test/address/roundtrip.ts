/** Runs under store.c, for roundtrip.test.ts: `[name, error or null]` of each form, as JSON. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_MCTP,
  AF_PACKET,
  AF_RDS,
  type Family,
  SOCK_DGRAM,
} from "berkeley";
import { socket } from "berkeley/sync";
import fc from "fast-check";
import { expected, type Form, forms } from "./forms.js";

const store = process.env.ADDRESS_STORE as string;
const fileno = socket(AF_INET, SOCK_DGRAM).detach();

/** What is bound to comes back, and comes back again when it is bound to itself. */
function comesBack(form: Form): void {
  const sock = socket<Family>(form.family, SOCK_DGRAM, form.proto, { fileno });
  const through = (address: unknown): unknown => {
    sock.bind(address as never);
    return sock.getsockname();
  };
  const plain = (address: unknown) =>
    (Array.isArray(address) ? address : [address]).map((one) =>
      one instanceof Uint8Array ? [...one] : one,
    );
  fc.assert(
    fc.property(form.addresses, (address) => {
      const out = through(address);
      assert.deepEqual(plain(out), plain(expected(form, address)));
      assert.deepEqual(through(out), out);
    }),
  );
  sock.detach();
}

/** These take the length for what it is, or are of one that is always whole. */
const UNPADDED: readonly number[] = [AF_INET6, AF_PACKET, AF_MCTP, AF_RDS];

/** Whatever the kernel writes, and however little, an address comes out, with zeros for what it did not write. */
function survives(form: Form): void {
  const sock = socket<Family>(form.family, SOCK_DGRAM, form.proto, { fileno });
  const family = Buffer.alloc(2);
  family.writeUInt16LE(form.family);
  const read = (bytes: Uint8Array) => {
    writeFileSync(store, Buffer.concat([family, bytes]));
    return sock.getsockname();
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 126 }), (bytes) => {
      read(Buffer.alloc(126, 0xff)); // another's, in the same memory
      const found = read(bytes);
      assert.notEqual(found, null);
      const isInterface = form.family === AF_PACKET || form.family === AF_CAN;
      if (isInterface) assert.equal(typeof (found as unknown[])[0], "string"); // of none, too
      if (UNPADDED.includes(form.family)) return;
      assert.deepEqual(found, read(Buffer.concat([bytes], 126)));
    }),
  );
  sock.detach();
}

function outcome(check: (form: Form) => void, form: Form): string | null {
  try {
    check(form);
    return null;
  } catch (error) {
    return String(error);
  }
}

const rows = forms.map((form) => [form.name, outcome(comesBack, form), outcome(survives, form)]);
process.stdout.write(JSON.stringify(rows));
