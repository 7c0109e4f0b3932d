import {
  AF_NETLINK,
  NETLINK_SOCK_DIAG,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  SOCK_DIAG_BY_FAMILY,
  SOCK_RAW,
  SocketError,
  socket,
} from "berkeley";

/** struct nlmsghdr: length, type, flags, sequence number, port. */
const HEADER = 16;
/** More than the kernel puts into one part of a dump, which is 32 KiB. */
const RECV_BYTES = 64 * 1024;

/** The lengths of messages and of attributes are rounded up to 4 bytes. */
const aligned = (length: number) => (length + 3) & ~3;

/** The bodies of the messages that answer a dump of sockets: see sock_diag(7). */
export async function* sockDiag(request: Buffer): AsyncGenerator<Buffer> {
  const sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  try {
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(HEADER + request.length, 0);
    header.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
    header.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6);
    await sock.sendto(Buffer.concat([header, request]), [0, 0]);
    for (;;) {
      const part = await sock.recv(RECV_BYTES);
      for (let at = 0; at + HEADER <= part.length; ) {
        const length = part.readUInt32LE(at);
        const type = part.readUInt16LE(at + 4);
        if (length < HEADER || at + length > part.length) throw new Error("bad netlink message");
        const body = part.subarray(at + HEADER, at + length);
        // Both begin with an errno: NLMSG_DONE has one if the dump cannot be made at all.
        if (type === NLMSG_DONE || type === NLMSG_ERROR) {
          const error = body.length < 4 ? 0 : body.readInt32LE(0);
          if (error < 0) throw new SocketError(error, "sock_diag");
          return;
        }
        yield body;
        at += aligned(length);
      }
    }
  } finally {
    sock.close();
  }
}

/** struct nlattr, one after the other: length, type, value. */
export function attributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break;
    found.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 4, at + length));
    at += aligned(length);
  }
  return found;
}
