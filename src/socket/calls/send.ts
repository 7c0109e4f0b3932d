/** send(2), sendto(2), and Python's sendall, which is send(2) until all is sent. */

import * as os from "node:os";
import { isProxy } from "node:util/types";
import { encodeAddress } from "../../address/index.js";
import * as check from "../../check.js";
import { MSG_DONTWAIT, MSG_FASTOPEN } from "../../constants.generated.js";
import { define } from "../../define.js";
import { firstOf, lengthOf } from "../../memory.js";
import { native } from "../../native.js";
import { BURST_BYTES, type Call, LATER, noRoom, type Request, WRITE } from "../request.js";

const { EAGAIN, EINPROGRESS } = os.constants.errno;

/** Keeps the peer's sockaddr, or the look-up that has to come first. */
export function setPeer(call: string, request: Request, address: unknown): void {
  request.address = encodeAddress(call, address, request.descriptor);
  request.peer = address;
}

/** The result of a call whose system call gave an error. */
export function notYet(rc: number, request: Request): number {
  const { flags, descriptor, address } = request;
  if (rc === -EAGAIN) return noRoom(request, address !== null);
  // MSG_FASTOPEN: nothing was taken, since the kernel connects first. A blocking call would send once it is
  // connected.
  if (rc !== -EINPROGRESS || descriptor.timeout !== null || (flags & MSG_DONTWAIT) !== 0) return rc;
  request.flags &= ~MSG_FASTOPEN;
  return -EAGAIN;
}

/** Records on an error how many bytes were sent before it. */
export function markSent(error: object, { progress }: Request): void {
  markBytes(error, progress);
}

export function markBytes(error: object, bytesSent: number): void {
  // An abort reason that the caller has frozen stays as it is, without an exception. A Proxy would run the
  // program's code, or throw.
  if (isProxy(error)) return;
  define(error, "bytesSent", {
    value: bytesSent,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** Keeps what is to be sent, and how. */
function setData(call: string, request: Request, data: unknown, flags: unknown): void {
  request.flags = check.flags(call, flags);
  request.bytes = check.sendable(call, "data", data, request.flags);
  request.size = lengthOf(request.bytes);
}

/** Throws if memory was transferred to another thread, or made shorter, while the call waited: what is left
 *  would be taken for all of it. */
export function checkHeld(call: string, what: string, length: number, size: number): void {
  if (length >= size) return;
  throw new TypeError(`${call}: ${what} has lost its memory while the call waited`);
}

/** The `size` bytes that a call was given, even if the memory has grown since. */
export function heldBytes(call: string, what: string, bytes: Uint8Array, size: number): Uint8Array {
  checkHeld(call, what, lengthOf(bytes), size);
  return firstOf(bytes, size);
}

function dataOf(call: string, { bytes, size }: Request): Uint8Array {
  return heldBytes(call, "data", bytes, size);
}

export const SEND: Call<number> = {
  syscall: "send",
  direction: WRITE,
  prepare(request, data, flags) {
    setData("send", request, data, flags);
  },
  attempt(fd, request) {
    const rc = native.send(fd, dataOf("send", request), 0, request.kernelFlags);
    return rc < 0 ? notYet(rc, request) : rc;
  },
  sent: () => true,
  result: (rc) => rc,
};

export const SENDALL: Call<void> = {
  syscall: "send",
  name: "sendall",
  direction: WRITE,
  prepare(request, data, flags) {
    setData("sendall", request, data, flags);
  },
  attempt(fd, request) {
    const bytes = dataOf("sendall", request);
    const { size, kernelFlags } = request;
    const burstEnd = request.progress + BURST_BYTES;
    do {
      const rc = native.send(fd, bytes, request.progress, kernelFlags);
      if (rc < 0) return notYet(rc, request);
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
    const bytes = dataOf("sendto", request);
    const rc = native.sendto(fd, bytes, request.kernelFlags, request.sockaddr as Uint8Array);
    return rc < 0 ? notYet(rc, request) : rc;
  },
  sent: () => true,
  result: (rc) => rc,
};
