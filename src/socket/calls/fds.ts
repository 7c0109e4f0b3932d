/** Descriptors passed between processes: sendmsg(2) and recvmsg(2) with SCM_RIGHTS. */
import * as check from "../../check.js";
import { descriptors } from "../../control/codecs.js";
import { closeReceived, encodeControl, isRights } from "../../control/index.js";
import { CMSG_LEN } from "../../control/wire.js";
import type { Call } from "../request.js";
import { type Message, RECVMSG, SENDMSG, setMessage } from "./message.js";
import { partial } from "./receive.js";

export const SEND_FDS: Call<number> = {
  ...SENDMSG,
  name: "sendFds",
  prepare(request, buffers, fds, flags, address) {
    if (!Array.isArray(fds)) throw check.wrongType("sendFds", "fds", "an array of numbers", fds);
    const numbers = fds.map((fd) => check.descriptor("sendFds", "a descriptor", fd));
    const rights = [encodeControl("SCM_RIGHTS", numbers)];
    setMessage("sendFds", request, buffers, rights, flags, address);
  },
};

/** Data, descriptors, the message's flags, the sender. */
type MessageWithFds = [data: Buffer, fds: number[], msgFlags: number, address: unknown];

const FD_BYTES = 4;
/** Many times what one message can carry on Linux (SCM_MAX_FD, 253). */
const FDS_MAX = 2 ** 20;

/** The descriptors of a message. Those in its other control messages, which nobody will see, are closed. */
function withFds([data, ancdata, msgFlags, address]: Message<Buffer>): MessageWithFds {
  closeReceived(ancdata.filter((message) => !isRights(message)));
  const fds = ancdata.filter(isRights).flatMap(([, , rights]) => descriptors.decode(rights));
  return [data, fds, msgFlags, address];
}

export const RECV_FDS: Call<MessageWithFds> = {
  syscall: RECVMSG.syscall,
  name: "recvFds",
  direction: RECVMSG.direction,
  attempt: RECVMSG.attempt,
  prepare(request, bufsize, maxfds, flags) {
    const most = check.integer("recvFds", "maxfds", maxfds, 0, FDS_MAX);
    RECVMSG.prepare(request, bufsize, CMSG_LEN(most * FD_BYTES), flags, undefined, undefined);
  },
  result: (rc, request) => withFds(RECVMSG.result(rc, request)),
  partial,
};
