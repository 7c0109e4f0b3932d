/** Calls that have no flag which keeps them from waiting: what does is O_NONBLOCK, of the open socket. Who has it, too, may
 *  clear it: a blocking object on the same socket, a child that has it as its standard input. */
import { native } from "../native.js";
import type { Descriptor } from "./descriptor.js";

/** Before such a call: sets O_NONBLOCK again where it is missing and the face never holds its thread. */
export function ensureNonblock({ fd, isShared, face }: Descriptor): void {
  if (!isShared || face.nowait === 0 || native.getNonblock(fd) !== 0) return;
  native.setNonblock(fd, true);
}
