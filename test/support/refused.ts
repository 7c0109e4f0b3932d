/** Datagrams to a port where nobody listens: each that goes out is answered by an error, which is the next one's. On a busy
 * machine it may be on its way still when the next one goes: then fewer are refused, and nobody can say how many. */
import assert from "node:assert/strict";
import { AF_INET, SOCK_DGRAM } from "berkeley";
import { socket } from "berkeley/sync";

function isRefusal(error: unknown): true {
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
  return true;
}

/** How many of so many sends to `address` are refused, each a call of its own. */
function refusedAlone(count: number, address: [string, number]): number {
  using sender = socket(AF_INET, SOCK_DGRAM);
  sender.connect(address);
  let refused = 0;
  for (let i = 0; i < count; i++) {
    try {
      sender.send("x");
    } catch (error) {
      if (isRefusal(error)) refused++;
    }
  }
  return refused;
}

/** Checks that of what `send` sends to `address` as many are refused as where each is a call of its own, but for one that
 * the kernel may keep for itself. */
export async function areRefused(
  address: [string, number],
  send: () => Promise<PromiseSettledResult<unknown>[]>,
): Promise<void> {
  let [refused, alone] = [0, Number.POSITIVE_INFINITY];
  for (let tries = 0; refused < alone - 1 && tries < 200; tries++) {
    const results = await send();
    refused = results.filter((one) => one.status === "rejected" && isRefusal(one.reason)).length;
    alone = refusedAlone(results.length, address);
  }
  assert.ok(refused >= alone - 1, `${refused} are refused, and ${alone} by themselves`);
}
