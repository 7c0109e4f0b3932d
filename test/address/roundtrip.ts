/** Runs under store.c, for roundtrip.test.ts: `[name, error or null]` of each form, as JSON. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { AF_INET, type Family, SOCK_DGRAM } from "berkeley";
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

/** Whatever the kernel writes, and however little, an address comes out. */
function survives(form: Form): void {
  const sock = socket<Family>(form.family, SOCK_DGRAM, form.proto, { fileno });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 126 }), (bytes) => {
      const family = Buffer.alloc(2);
      family.writeUInt16LE(form.family);
      writeFileSync(store, Buffer.concat([family, bytes]));
      assert.notEqual(sock.getsockname(), null);
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
