/** Datagrams to a port where nobody listens. Each is answered by an error, which the next send gets. On a
 * busy machine it may still be on its way when that is made: then fewer sends are refused, and nobody can say
 * how many. */
import assert from "node:assert/strict";
import { AF_INET, SOCK_DGRAM } from "berkeley";
import { socket } from "berkeley/sync";

function isRefusal(error: unknown): true {
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
  return true;
}

/** How many of `count` sends to `address` are refused if each is a call of its own. */
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

/** Checks that as many of the sends that `send` makes to `address` are refused as when each is a call of its
 * own, except for one that the kernel may keep for itself. */
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
