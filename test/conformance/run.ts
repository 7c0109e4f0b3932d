/** `node run.js FACE NAME…`: runs scripts of cases/ one behind the other, each in an empty directory and under a
 *  heading. That of one which ends the process is the last. */
import { Directory } from "../support/machine.js";

const [, , , ...names] = process.argv;
for (const name of names) {
  using directory = new Directory();
  process.chdir(directory.path);
  console.log(`=== ${name}`);
  const { forget } = await import("./support.js");
  forget();
  await import(`./cases/${name}.js`);
}
