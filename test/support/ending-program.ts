import { execFileSync } from "node:child_process";
import { AF_UNIX, SOCK_STREAM } from "berkeley";
import * as sync from "berkeley/sync";

/** How a program ends, which is its last argument: by process.exit, or by an error that nobody catches. */
export const endings = ["exit", "throw"] as const;

/** Runs `program`, the text of a module, and returns everything that it sends on the stream that it has as
 *  descriptor 3. */
export function outputOf(program: string, ending: (typeof endings)[number]): string {
  const [here, there] = sync.socketpair(AF_UNIX, SOCK_STREAM);
  here.settimeout(10);
  try {
    execFileSync(process.execPath, ["--input-type=module", "-e", program, ending], {
      stdio: ["ignore", "ignore", "ignore", there.fileno()],
      cwd: new URL("../../..", import.meta.url),
    });
  } catch (error) {
    if (ending === "exit") throw error;
  }
  there.close();
  let got = "";
  for (let data = here.recv(999); data.length > 0; data = here.recv(999)) got += data;
  here.close();
  return got;
}
