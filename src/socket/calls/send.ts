/** send(2), sendto(2), and Python's sendall, which is send(2) until all is sent. */

import * as os from "node:os";
import { encodeAddress } from "../../address/index.js";
import * as check from "../../check.js";
import { AF_UNIX } from "../../constants.generated.js";
import { native } from "../../native.js";
import { BURST_BYTES, backOff, type Call, LATER, type Request, WRITE } from "../request.js";

const { EAGAIN } = os.constants.errno;

/** Keeps the peer's sockaddr, or the look-up that comes first. */
export function setPeer(call: string, request: Request, address: unknown): void {
  request.address = encodeAddress(call, address, request.descriptor);
  request.peer = address;
}

/** What a call to an address gives for EAGAIN: of a Unix socket the queue of a receiver is full that
 *  is not the socket's own peer. */
export function noRoom(request: Request): number {
  return request.descriptor.family === AF_UNIX ? backOff(request) : -EAGAIN;
}

/** Says on an error how many bytes were sent before it. */
export function markSent(error: object, request: Request): void {
  // A reason that the caller froze stays as it is: no exception.
  Reflect.defineProperty(error, "bytesSent", {
    value: request.progress,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** Keeps what is to be sent, and how. */
function setData(call: string, request: Request, data: unknown, flags: unknown): void {
  request.flags = check.flags(call, flags);
  request.bytes = check.sendable(call, "data", data, request.flags);
  request.size = request.bytes.length;
}

/** Throws where memory was transferred to another thread, or made shorter, while the call waited: what
 *  is left would be taken for all of it. */
export function checkHeld(call: string, what: string, length: number, size: number): void {
  if (length >= size) return;
  throw new TypeError(`${call}: ${what} has lost its memory while the call waited`);
}

/** The bytes of a call, all of them. */
export function heldBytes(call: string, what: string, request: Request): Uint8Array {
  checkHeld(call, what, request.bytes.length, request.size);
  return request.bytes;
}

export const SEND: Call<number> = {
  syscall: "send",
  direction: WRITE,
  prepare(request, data, flags) {
    setData("send", request, data, flags);
  },
  attempt: (fd, request) =>
    native.send(fd, heldBytes("send", "data", request), 0, request.kernelFlags),
  sent: () => true,
  result: (rc) => rc,
};

export const SENDALL: Call<void> = {
  syscall: "send",
  direction: WRITE,
  prepare(request, data, flags) {
    setData("sendall", request, data, flags);
  },
  attempt(fd, request) {
    const bytes = heldBytes("sendall", "data", request);
    const { size, kernelFlags } = request;
    const burstEnd = request.progress + BURST_BYTES;
    do {
      const rc = native.send(fd, bytes, request.progress, kernelFlags);
      if (rc < 0) return rc;
      // Of a class whose length says more than there is.
      if (rc === 0 && size > 0) checkHeld("sendall", "data", request.progress, size);
      request.progress += rc;
      if (request.progress >= burstEnd && request.progress < size) return LATER;
    } while (request.progress < size);
    return 0;
  },
  sent(rc, request) {
    request.progress += rc;
    return request.progress >= request.size;
  },
  joins: true,
  result: () => undefined,
  mark: markSent,
};

export const SENDTO: Call<number> = {
  syscall: "sendto",
  direction: WRITE,
  prepare(request, data, flagsOrAddress, address) {
    const hasFlags = address !== undefined;
    setData("sendto", request, data, hasFlags ? flagsOrAddress : 0);
    setPeer("sendto", request, hasFlags ? address : flagsOrAddress);
  },
  attempt(fd, request) {
    const bytes = heldBytes("sendto", "data", request);
    const rc = native.sendto(fd, bytes, request.kernelFlags, request.sockaddr as Uint8Array);
    return rc === -EAGAIN ? noRoom(request) : rc;
  },
  sent: () => true,
  result: (rc) => rc,
};
