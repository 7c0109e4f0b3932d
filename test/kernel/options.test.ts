/** The options of families that a distribution's kernel may lack: the same tests, in one that has
 * them. */
import "../options/table.test.js";
