/** The options of families that a distribution's kernel may lack: the same tests, on a kernel that has
 * them. */
import "../options/table.test.js";
