import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { forms } from "./forms.js";
import { underStore } from "./store.js";

type Row = [name: string, comesBack: string | null, survives: string | null];

const script = fileURLToPath(new URL("roundtrip.js", import.meta.url));
const rows: Row[] = JSON.parse(underStore(process.execPath, [script]));

test("every form was tried", () => {
  const tried = rows.map(([name]) => name);
  assert.deepEqual(
    tried,
    forms.map(({ name }) => name),
  );
});

for (const [name, comesBack, survives] of rows) {
  test(`${name}: an address that goes in comes out`, () => assert.equal(comesBack, null));
  test(`${name}: whatever bytes there are, an address comes out`, () =>
    assert.equal(survives, null));
}
