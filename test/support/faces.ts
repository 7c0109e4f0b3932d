import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";

/** Both faces, typed as the asynchronous one: `await` takes a plain value as well as a Promise. */
export const faces: [name: string, face: typeof berkeley][] = [
  ["berkeley", berkeley],
  ["berkeley/sync", sync as unknown as typeof berkeley],
];

/** What the call returns or throws, as a Promise in either face. */
export async function outcome(call: () => unknown): Promise<unknown> {
  return await call();
}
