/** struct ucred, of SO_PEERCRED and SCM_CREDENTIALS. See unix(7). */

/** A process and whose it is: who made the other end of a Unix socket, or sent a message over it. */
export interface Ucred {
  pid: number;
  uid: number;
  gid: number;
}

export const UCRED_BYTES = 12;

/** The first `UCRED_BYTES` of `data`. */
export function readUcred(data: Buffer): Ucred {
  return { pid: data.readInt32LE(0), uid: data.readUInt32LE(4), gid: data.readUInt32LE(8) };
}
