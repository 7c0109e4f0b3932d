/** Our side of python.test.ts; see store.py. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { AF_INET, type Family, SOCK_DGRAM } from "berkeley";
import { socket } from "berkeley/sync";
import type { Address } from "./forms.js";
import { type Done, fromJson, type Job, toJson } from "./store.js";

const store = process.env.ADDRESS_STORE as string;
const fileno = socket(AF_INET, SOCK_DGRAM).detach();

function run({ family, proto, raw, address }: Job): Done {
  const sock = socket<Family>(family, SOCK_DGRAM, proto, { fileno });
  if (raw === undefined) sock.bind(fromJson(address) as never);
  else writeFileSync(store, Buffer.from(raw, "hex"));
  const found = sock.getsockname();
  sock.detach();
  return { raw: readFileSync(store).toString("hex"), address: toJson(found as Address) };
}

// Not readFileSync(0): the pipe that spawnSync makes is non-blocking, and empty at first.
const lines = (await text(process.stdin)).trim().split("\n");
for (const line of lines) process.stdout.write(`${JSON.stringify(run(JSON.parse(line)))}\n`);
