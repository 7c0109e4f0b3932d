/** For calls that have no flag to keep them from waiting: only O_NONBLOCK does, and that belongs to the open
 *  socket. Others who have it may clear the mode: a blocking object on the same socket, a child that has it
 *  as its standard input (decision 028). */
import { native } from "../native.js";
import type { Descriptor } from "./descriptor.js";

/** Called before such a call: sets O_NONBLOCK again if it has been cleared, unless the face lets calls hold
 *  the thread. */
export function ensureNonblock({ fd, isShared, face }: Descriptor): void {
  if (!isShared || face.nowait === 0 || native.getNonblock(fd) !== 0) return;
  native.setNonblock(fd, true);
}
