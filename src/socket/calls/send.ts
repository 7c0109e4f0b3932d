/** send(2), sendto(2), and Python's sendall, which is send(2) until all is sent. */

import * as os from "node:os";
import { Lookup } from "../../address/family.js";
import { encodeAddress } from "../../address/index.js";
import * as check from "../../check.js";
import { AF_UNIX } from "../../constants.generated.js";
import { native } from "../../native.js";
import { backOff, type Call, LATER, type Request, WRITE } from "../request.js";

const { EAGAIN } = os.constants.errno;

/** A sendall to a peer that reads as fast as it is written to yields to the event loop behind
 *  so many bytes: about a millisecond. */
export const SENDALL_BURST = 4 * 1024 * 1024;

/** Keeps the peer's sockaddr, or the look-up that comes first. */
export function setPeer(call: string, request: Request, address: unknown): void {
  const encoded = encodeAddress(call, address, request.descriptor);
  if (encoded instanceof Lookup) request.lookup = encoded;
  else request.address = encoded;
  request.peer = address;
}

/** What a call to an address gives for EAGAIN: of a Unix socket the queue of a receiver is full that
 *  is not the socket's own peer. */
export function noRoom(request: Request): number {
  return request.descriptor.family === AF_UNIX ? backOff(request) : -EAGAIN;
}

/** Says on an error how many bytes were sent before it. */
export function markSent(error: object, request: Request): void {
  // A reason that the caller froze stays as it is.
  if (Object.isExtensible(error)) Object.assign(error, { bytesSent: request.progress });
}

export const SEND: Call<number> = {
  syscall: "send",
  direction: WRITE,
  prepare(request, data, flags) {
    request.bytes = check.bytes("send", "data", data);
    request.flags = check.flags("send", flags);
  },
  attempt: (fd, request) => native.send(fd, request.bytes, 0, request.flags),
  result: (rc) => rc,
};

export const SENDALL: Call<void> = {
  syscall: "send",
  direction: WRITE,
  prepare(request, data, flags) {
    request.bytes = check.bytes("sendall", "data", data);
    request.flags = check.flags("sendall", flags);
  },
  attempt(fd, request) {
    const { bytes, flags } = request;
    const burstEnd = request.progress + SENDALL_BURST;
    do {
      const rc = native.send(fd, bytes, request.progress, flags);
      if (rc < 0) return rc;
      request.progress += rc;
      if (request.progress >= burstEnd && request.progress < bytes.length) return LATER;
    } while (request.progress < bytes.length);
    return 0;
  },
  result: () => undefined,
  mark: markSent,
};

export const SENDTO: Call<number> = {
  syscall: "sendto",
  direction: WRITE,
  prepare(request, data, flagsOrAddress, address) {
    request.bytes = check.bytes("sendto", "data", data);
    const hasFlags = address !== undefined;
    request.flags = check.flags("sendto", hasFlags ? flagsOrAddress : 0);
    setPeer("sendto", request, hasFlags ? address : flagsOrAddress);
  },
  attempt(fd, request) {
    const rc = native.sendto(fd, request.bytes, request.flags, request.address as Uint8Array);
    return rc === -EAGAIN ? noRoom(request) : rc;
  },
  result: (rc) => rc,
};
