/** Calls that have no flag which keeps them from waiting: what does is O_NONBLOCK, of the open socket. Who has it, too, may
 *  clear it: a blocking object on the same socket, a child that has it as its standard input. */
import { native } from "../native.js";
import type { Descriptor } from "./descriptor.js";

/** Makes `call`, for whose time O_NONBLOCK is set where it is missing and the face never holds its thread. */
export function withoutWaiting({ fd, isShared, face }: Descriptor, call: () => number): number {
  if (!isShared || face.nowait === 0 || native.getNonblock(fd) !== 0) return call();
  native.setNonblock(fd, true);
  const rc = call();
  native.setNonblock(fd, false);
  return rc;
}
