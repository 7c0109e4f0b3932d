/** `node run.js FACE NAME…`: runs scripts of cases/ one after the other, each in an empty directory and
 *  under a heading. If one ends the process, its heading is the last. */
import { Directory } from "../support/machine.js";
import { forget } from "./support.js";

const [, , , ...names] = process.argv;
for (const name of names) {
  using directory = new Directory();
  process.chdir(directory.path);
  console.log(`=== ${name}`);
  forget();
  await import(`./cases/${name}.js`);
}
