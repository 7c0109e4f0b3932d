/** recv(2), recvfrom(2) and their `into` forms. */
import * as os from "node:os";
import { decodeShared } from "../../address/index.js";
import * as check from "../../check.js";
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_WAITALL, SOCK_STREAM } from "../../constants.generated.js";
import { native } from "../../native.js";
import { type Call, ERROR, READ, type Request } from "../request.js";
import { fitsScratch, landsInScratch, takeRead, trim } from "../scratch.js";

const { EAGAIN } = os.constants.errno;

/** One read(2)-like call on Linux moves at most 0x7ffff000 bytes; from a stream, where fewer is
 *  always right, 4 MiB is as much as a socket's buffer holds by default. */
const READ_MAX = 0x7ffff000;
const STREAM_READ_MAX = 4 * 1024 * 1024;

/** Whether to go on until all is there: MSG_WAITALL of a stream that waits without limit. Where
 *  there is a timeout Python's call takes what has come, and so does this one. */
function waitsForAll(request: Request): boolean {
  const { descriptor, flags } = request;
  return (
    (flags & (MSG_WAITALL | MSG_DONTWAIT)) === MSG_WAITALL &&
    descriptor.type === SOCK_STREAM &&
    descriptor.timeout === null
  );
}

export function prepare(call: string, request: Request, bufsize: unknown, flags: unknown): void {
  request.size = check.size(call, "bufsize", bufsize);
  setFlags(call, request, flags);
  const all = waitsForAll(request);
  request.extra = all;
  if (all || fitsScratch(request.size)) {
    if (all) request.bytes = Buffer.allocUnsafeSlow(request.size);
    return;
  }
  const most = request.descriptor.type === SOCK_STREAM ? STREAM_READ_MAX : READ_MAX;
  request.size = Math.min(request.size, most);
}

function prepareInto(
  call: string,
  request: Request,
  buffer: unknown,
  nbytes: unknown,
  flags: unknown,
): void {
  request.bytes = check.buffer(call, "buffer", buffer);
  const room = request.bytes.length;
  const asked = nbytes === undefined ? 0 : check.integer(call, "nbytes", nbytes, 0, room);
  request.size = asked === 0 ? room : asked;
  setFlags(call, request, flags);
  request.extra = waitsForAll(request);
}

export function setFlags(call: string, request: Request, flags: unknown): void {
  request.flags = check.flags(call, flags);
  if ((request.flags & MSG_ERRQUEUE) !== 0) request.direction = ERROR;
}

/** A short read says that there is no more for now, where short reads can say so. */
export function note(request: Request, rc: number): number {
  const { descriptor } = request;
  if (rc > 0 && rc < request.size && request.flags === 0 && descriptor.shortReadDrains) {
    descriptor.notReady(READ);
  }
  return rc;
}

/** Reads into `request.bytes` until it is full. What has come when the stream ends or breaks is
 *  the result, as of recv(2) itself. */
function attemptAll(fd: number, request: Request): number {
  for (;;) {
    const { bytes, size, progress, flags } = request;
    const rc = native.recvInto(fd, bytes, progress, size - progress, flags);
    if (rc <= 0) return rc === -EAGAIN || progress === 0 ? rc : progress;
    request.progress += rc;
    if (request.progress >= size) return request.progress;
  }
}

function attemptInto(fd: number, request: Request): number {
  if (request.extra === true) return attemptAll(fd, request);
  return note(request, native.recvInto(fd, request.bytes, 0, request.size, request.flags));
}

/** MSG_WAITALL that is aborted half-way gives what has come, as recv(2) does on a signal. */
function partial(request: Request): number {
  return request.extra === true ? request.progress : 0;
}

/** Reads of more than the scratch holds bring their own memory, made anew each time: a call that
 *  waits holds none. */
export function ownMemory(request: Request): Uint8Array {
  request.bytes = Buffer.allocUnsafeSlow(request.size);
  return request.bytes;
}

function attemptRecv(fd: number, request: Request): number {
  const { size, flags } = request;
  if (request.extra === true) return attemptAll(fd, request);
  if (landsInScratch(size)) return note(request, native.recv(fd, size, flags));
  return note(request, native.recvInto(fd, ownMemory(request), 0, size, flags));
}

function attemptRecvfrom(fd: number, request: Request): number {
  const { size, flags } = request;
  if (landsInScratch(size)) return native.recvfrom(fd, size, flags);
  return native.recvfromInto(fd, ownMemory(request), 0, size, flags);
}

/** What was read. MSG_TRUNC gives the whole length of a datagram, of which `size` bytes came. */
export function taken(rc: number, request: Request): Buffer {
  const length = Math.min(rc, request.size);
  const own = request.extra === true || !fitsScratch(request.size);
  return own ? trim(request.bytes, length) : takeRead(length);
}

export const RECV: Call<Buffer> = {
  syscall: "recv",
  direction: READ,
  prepare(request, bufsize, flags) {
    prepare("recv", request, bufsize, flags);
    const { size } = request;
    request.asksNothing = size === 0;
    if (request.flags === 0 && fitsScratch(size)) request.aheadSize = size;
  },
  attempt: attemptRecv,
  readAhead: (rc, request) => taken(note(request, rc), request),
  result: taken,
  partial,
};

export const RECV_INTO: Call<number> = {
  syscall: "recv",
  direction: READ,
  prepare(request, buffer, nbytes, flags) {
    prepareInto("recvInto", request, buffer, nbytes, flags);
    request.asksNothing = request.size === 0;
  },
  attempt: attemptInto,
  result: (rc) => rc,
  partial,
};

export const RECVFROM: Call<[Buffer, unknown]> = {
  syscall: "recvfrom",
  direction: READ,
  prepare(request, bufsize, flags) {
    prepare("recvfrom", request, bufsize, flags);
    request.extra = false;
  },
  attempt: attemptRecvfrom,
  result(rc, request) {
    const address = decodeShared(request.descriptor.proto);
    return [taken(rc, request), address];
  },
};

export const RECVFROM_INTO: Call<[number, unknown]> = {
  syscall: "recvfrom",
  direction: READ,
  prepare: (request, buffer, nbytes, flags) =>
    prepareInto("recvfromInto", request, buffer, nbytes, flags),
  attempt: (fd, request) => native.recvfromInto(fd, request.bytes, 0, request.size, request.flags),
  result: (rc, request) => [rc, decodeShared(request.descriptor.proto)],
};
