/** recv(2), recvfrom(2) and their `into` forms. */
import { constants } from "node:buffer";
import * as os from "node:os";
import { decodeShared } from "../../address/index.js";
import * as check from "../../check.js";
import {
  AF_UNIX,
  EPOLLERR,
  EPOLLHUP,
  EPOLLPRI,
  EPOLLRDHUP,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SO_ERROR,
  SO_PASSCRED,
  SO_PASSSEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../constants.generated.js";
import { bufferOf, firstOf, lengthOf } from "../../memory.js";
import { BY_RECV_INTO, BY_RECVFROM, native, VALUES, words } from "../../native.js";
import { addressOf } from "../datagram.js";
import type { Descriptor } from "../descriptor.js";
import { BURST_BYTES, type Call, ERROR, LATER, READ, type Request } from "../request.js";
import {
  fitsScratch,
  landsInScratch,
  lastRead,
  newMemory,
  SCRATCH_SIZE,
  takeRead,
  trim,
} from "../scratch.js";
import { checkHeld } from "./send.js";

const { EAGAIN, EIO } = os.constants.errno;
const { MAX_LENGTH } = constants;

/** One read(2)-like call on Linux moves at most 0x7ffff000 bytes. (From a stream fewer is always
 *  right, and BURST_BYTES as much as a socket's buffer holds by default.) */
const READ_MAX = 0x7ffff000;

/** Whether to go on until all is there: MSG_WAITALL of a stream that waits without limit. Where
 *  there is a timeout Python's call takes what has come, and so does this one. */
function waitsForAll(request: Request): boolean {
  const { descriptor, flags } = request;
  return (
    (flags & (MSG_WAITALL | MSG_DONTWAIT)) === MSG_WAITALL &&
    descriptor.kind.waitsForAll &&
    descriptor.timeout === null
  );
}

export function prepare(call: string, request: Request, bufsize: unknown, flags: unknown): void {
  request.size = check.size(call, "bufsize", bufsize);
  setFlags(call, request, flags);
  if (request.whole !== null) {
    if (request.size > MAX_LENGTH) {
      throw check.wrongRange(call, "bufsize", `at most ${MAX_LENGTH} with MSG_WAITALL`, bufsize);
    }
    const { size } = request;
    // The memory of a header of a few bytes is Node's pool's.
    request.bytes = mayDiscard(request) ? Buffer.alloc(size) : Buffer.allocUnsafe(size);
    return;
  }
  if (fitsScratch(request.size)) return;
  const most = request.descriptor.type === SOCK_STREAM ? BURST_BYTES : READ_MAX;
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
  const room = lengthOf(request.bytes);
  const asked = nbytes === undefined ? 0 : check.integer(call, "nbytes", nbytes, 0, room);
  request.size = asked === 0 ? room : asked;
  setFlags(call, request, flags);
}

export function setFlags(call: string, request: Request, flags: unknown): void {
  request.flags = check.flags(call, flags);
  if ((request.flags & MSG_ERRQUEUE) !== 0) request.direction = ERROR;
  if (waitsForAll(request)) {
    request.whole = { address: null, msgFlags: 0, ancdata: [], isCut: false, peeked: 0 };
  }
}

/** A short read says that there is no more for now, where short reads can say so. */
function noteShort(descriptor: Descriptor, rc: number, size: number): void {
  if (rc > 0 && rc < size && descriptor.shortReadDrains) descriptor.notReady(READ);
}

/** The same for any read of TCP without flags, which stops short for no other reason. */
export function note({ descriptor, flags, size }: Request, rc: number): number {
  if (descriptor.kind.isTcp && flags === 0) noteShort(descriptor, rc, size);
  return rc;
}

/** Of `recv` without flags, which is told where a Unix stream stopped at control messages. */
function noteRecv(descriptor: Descriptor, rc: number, size: number): number {
  const says = descriptor.kind.tellsStops ? words[VALUES] === 0 : descriptor.kind.isTcp;
  if (says) noteShort(descriptor, rc, size);
  return rc;
}

/** recv(2) or one of its relatives, into what the request has from `at` on. */
export type ReadInto = (fd: number, request: Request, at: number) => number;

function intoOf(call: string, { bytes, size }: Request): Uint8Array {
  checkHeld(call, "buffer", lengthOf(bytes), size);
  return bytes;
}

const recvInto: ReadInto = (fd, request, at) => {
  const bytes = intoOf("recvInto", request);
  return native.recvInto(fd, bytes, at, request.size - at, request.kernelFlags);
};

const recvfromInto: ReadInto = (fd, request, at) => {
  const bytes = intoOf("recvfromInto", request);
  const rc = native.recvfromInto(fd, bytes, at, request.size - at, request.kernelFlags);
  const { whole, descriptor } = request;
  if (whole !== null && rc >= 0) whole.address = decodeShared(descriptor.proto);
  return rc;
};

/** What has every part of a Unix stream say that something came beside it. */
const BESIDE_ALL = [SO_PASSCRED, SO_PASSSEC];

/** Whether the last recvmsg(2) had no room for descriptors that came. Where each part has more beside it nothing tells. */
export function isCut({ fd, family }: Descriptor, msgFlags: number): boolean {
  if (family !== AF_UNIX || (msgFlags & MSG_CTRUNC) === 0) return false;
  const isAsked = (name: number) =>
    native.getsockoptInt(fd, SOL_SOCKET, name) >= 0 && words[VALUES] !== 0;
  return !BESIDE_ALL.some(isAsked);
}

const NO_CONTROL = new Uint8Array(0);

/** As any of the others, of a Unix stream: recv(2) stops at descriptors, which recvmsg(2) alone tells of. */
const recvUnixInto: ReadInto = (fd, request, at) => {
  const { call, size, kernelFlags, whole, descriptor } = request;
  const bytes = intoOf(call.name ?? call.syscall, request);
  const part = at === 0 ? firstOf(bytes, size) : bufferOf(bytes).subarray(at, size);
  const rc = native.recvmsgInto(fd, [part], kernelFlags, NO_CONTROL, 0);
  if (whole === null || rc < 0) return rc;
  whole.isCut = isCut(descriptor, words[VALUES] as number);
  whole.address = decodeShared(descriptor.proto);
  return rc;
};

/** Reads until all is there, by `read`. */
function readAll(fd: number, request: Request, read: ReadInto): number {
  return readOn(fd, request, request.descriptor.family === AF_UNIX ? recvUnixInto : read);
}

/** Reads until all is there. What has come when the stream ends or breaks, or control messages come, is
 *  the result, as of recv(2) itself, and what broke it the next call's. */
export function readOn(fd: number, request: Request, read: ReadInto): number {
  if ((request.flags & MSG_PEEK) !== 0) return peekOn(fd, request, read);
  const burstEnd = request.progress + BURST_BYTES;
  for (;;) {
    const { progress, size, descriptor } = request;
    // As recv(2), which stops before urgent data: to read on there would throw it away.
    if (progress > 0 && native.atMark(fd) > 0) return progress;
    const rc = read(fd, request, progress);
    if (rc === -EAGAIN || (rc <= 0 && progress === 0)) return rc;
    // EIO of TCP says that a record of TLS's own comes next: it stays, for a call that has room for its kind.
    if (rc < 0 && !(rc === -EIO && descriptor.kind.isTcp)) descriptor.readError = rc;
    if (rc <= 0) return progress;
    request.progress += rc;
    request.flags |= MSG_DONTWAIT; // a blocking call has waited already, and would have all of SO_RCVTIMEO again
    if (request.progress >= size || hasControl(request)) return request.progress;
    if (request.progress >= burstEnd) return LATER;
  }
}

const hasControl = ({ whole }: Request): boolean =>
  whole !== null && (whole.isCut || whole.ancdata.length > 0);

/** Whether there is an error, and not only something in the error queue: it is kept, as the next call's. */
function keepsError(fd: number, { descriptor }: Request): boolean {
  if (native.getsockoptInt(fd, SOL_SOCKET, SO_ERROR) < 0 || words[VALUES] === 0) return false;
  descriptor.readError = -(words[VALUES] as number);
  return true;
}

/** A peek begins anew each time, and is over when all is there or no more will come. */
function peekOn(fd: number, request: Request, read: ReadInto): number {
  const rc = read(fd, request, 0);
  if (request.whole !== null) request.whole.peeked = Math.max(rc, 0);
  if (rc <= 0 || rc >= request.size || hasControl(request)) return rc;
  const events = native.poll(fd, EPOLLRDHUP | EPOLLPRI, 0);
  // Before urgent data, unless that was where it began.
  const isStopped = (events & EPOLLPRI) !== 0 && native.atMark(fd) <= 0;
  const isOver = isStopped || (events & (EPOLLRDHUP | EPOLLHUP)) !== 0;
  return isOver || ((events & EPOLLERR) !== 0 && keepsError(fd, request)) ? rc : -EAGAIN;
}

function attemptInto(fd: number, request: Request): number {
  if (request.whole !== null) return readAll(fd, request, recvInto);
  return note(request, recvInto(fd, request, 0));
}

/** MSG_WAITALL that is aborted half-way gives what has come, as recv(2) does on a signal. */
export function partial({ whole, progress }: Request): number {
  return whole === null ? 0 : progress;
}

/** Memory of a read of more than the scratch holds that nobody got: there was nothing to read, or so little that it
 *  was copied. It is the next one's. */
let spare: Uint8Array | null = null;

function spareOrNew(size: number): Uint8Array {
  const memory = spare?.length === size ? spare : newMemory(size);
  spare = size <= BURST_BYTES ? memory : null;
  return memory;
}

/** Where reads land that may not land in the scratch. */
export function ownMemory(request: Request): Uint8Array {
  const { size } = request;
  // Of a large one that is zeros no page is touched.
  request.bytes = mayDiscard(request) ? Buffer.alloc(size) : spareOrNew(size);
  return request.bytes;
}

function takeOwn(bytes: Uint8Array, length: number): Buffer {
  const data = trim(bytes, length);
  if (data.buffer === spare?.buffer) spare = null; // it is the caller's
  return data;
}

/** Whether a read is to land in the scratch, right before it is made. */
export const usesScratch = (request: Request): boolean =>
  landsInScratch(request.size) && !mayDiscard(request);

function attemptRecv(fd: number, request: Request): number {
  const { size, kernelFlags } = request;
  if (request.whole !== null) return readAll(fd, request, recvInto);
  if (usesScratch(request)) {
    const { descriptor, flags } = request;
    const recv = descriptor.kind.tellsStops ? native.recvUnix : native.recv;
    const rc = recv(fd, size, kernelFlags);
    return flags === 0 ? noteRecv(descriptor, rc, size) : rc;
  }
  const rc = native.recvInto(fd, ownMemory(request), 0, size, kernelFlags);
  const { descriptor } = request;
  if (rc > 0) {
    const isLittle = rc < SCRATCH_SIZE && descriptor.kind.isTcp;
    descriptor.littleReads = isLittle ? descriptor.littleReads + 1 : 0;
  }
  return note(request, rc);
}

function attemptRecvfrom(fd: number, request: Request): number {
  const { size, kernelFlags } = request;
  if (request.whole !== null) return readAll(fd, request, recvfromInto);
  if (usesScratch(request)) return native.recvfrom(fd, size, kernelFlags);
  return native.recvfromInto(fd, ownMemory(request), 0, size, kernelFlags);
}

/** Whether the kernel may throw the bytes away and count them. What lay in the memory before would be shown, so it is zeros: to SCTP,
 *  TIPC and vsock the flag is nothing, and the bytes come. */
export function mayDiscard({ flags, descriptor }: Request): boolean {
  return (flags & MSG_TRUNC) !== 0 && descriptor.kind.mayDiscard;
}

/** What was read. MSG_TRUNC gives the whole length of a datagram, of which `size` bytes came. */
export function taken(rc: number, request: Request): Buffer {
  const length = Math.min(rc, request.size);
  const isOwn = request.whole !== null || !fitsScratch(request.size) || mayDiscard(request);
  return isOwn ? takeOwn(request.bytes, length) : takeRead(length);
}

/** Who sent what was read. */
function senderOf({ whole, descriptor }: Request): unknown {
  return whole === null ? decodeShared(descriptor.proto) : whole.address;
}

/** The last read filled the scratch, but more was asked for: it with what is there behind it, as if one call had read both. */
function readRest(size: number, descriptor: Descriptor): Buffer {
  descriptor.littleReads = 0;
  // Who has the stream, too, may have read on by now. And where TCP stops at urgent data, so does one call.
  if (descriptor.isShared || !descriptor.shortReadDrains) return takeRead(SCRATCH_SIZE);
  let memory: Uint8Array;
  try {
    memory = spareOrNew(size);
  } catch {
    return takeRead(SCRATCH_SIZE); // what is read is not lost for want of memory for more
  }
  // Urgent data that came since then is where one call would have stopped: to read on there would throw it away.
  if (native.atMark(descriptor.fd) > 0) return takeRead(SCRATCH_SIZE);
  const room = size - SCRATCH_SIZE;
  const rc = native.recvInto(descriptor.fd, memory, SCRATCH_SIZE, room, MSG_DONTWAIT);
  if (rc < 0 && rc !== -EAGAIN) descriptor.readError = rc;
  if (rc <= 0) return takeRead(SCRATCH_SIZE);
  memory.set(lastRead(SCRATCH_SIZE));
  noteShort(descriptor, rc, room);
  return takeOwn(memory, SCRATCH_SIZE + rc);
}

/** How much the poller may read into the scratch for a call: nothing where it has to be made in its turn. */
const scratchSize = ({ flags, size }: Request): number =>
  flags === 0 && fitsScratch(size) ? size : 0;

/** Behind so many little reads the next is little, too, most likely. One that is not is made in two parts, which takes longer. */
const LITTLE_READS = 8;

/** The same of `recv`: what fits the scratch also for a larger read, where those before gave less. */
function streamSize({ flags, size, descriptor }: Request): number {
  if (flags !== 0) return 0;
  if (fitsScratch(size)) return size;
  return descriptor.littleReads >= LITTLE_READS && !descriptor.isShared ? SCRATCH_SIZE : 0;
}

export const RECV: Call<Buffer> = {
  syscall: "recv",
  direction: READ,
  prepare: (request, bufsize, flags) => prepare("recv", request, bufsize, flags),
  skipsEmpty: true,
  attempt: attemptRecv,
  aheadSize: streamSize,
  readAhead(rc, size, descriptor) {
    noteRecv(descriptor, rc, Math.min(size, SCRATCH_SIZE));
    return rc === SCRATCH_SIZE && size > rc ? readRest(size, descriptor) : takeRead(rc);
  },
  result: taken,
  partial,
};

export const RECV_INTO: Call<number> = {
  syscall: "recv",
  name: "recvInto",
  direction: READ,
  prepare: (request, buffer, nbytes, flags) =>
    prepareInto("recvInto", request, buffer, nbytes, flags),
  skipsEmpty: true,
  attempt: attemptInto,
  // Of memory that is gone already the attempt says so; of what goes while it waits the poller reads nothing.
  aheadSize: ({ flags, size }) => (flags === 0 && size <= READ_MAX ? size : 0),
  readForm: BY_RECV_INTO,
  readAhead: (rc, size, descriptor) => noteRecv(descriptor, rc, size),
  result: (rc) => rc,
  partial,
};

export const RECVFROM: Call<[Buffer, unknown]> = {
  syscall: "recvfrom",
  direction: READ,
  prepare: (request, bufsize, flags) => prepare("recvfrom", request, bufsize, flags),
  attempt: attemptRecvfrom,
  aheadSize: scratchSize,
  readForm: BY_RECVFROM,
  readAhead(rc, _size, { family, proto }) {
    const address = addressOf(words[VALUES] as number, family, proto);
    return [takeRead(rc), address];
  },
  result(rc, request) {
    const address = senderOf(request);
    return [taken(rc, request), address];
  },
  partial,
};

export const RECVFROM_INTO: Call<[number, unknown]> = {
  syscall: "recvfrom",
  name: "recvfromInto",
  direction: READ,
  prepare: (request, buffer, nbytes, flags) =>
    prepareInto("recvfromInto", request, buffer, nbytes, flags),
  attempt: (fd, request) =>
    request.whole === null ? recvfromInto(fd, request, 0) : readAll(fd, request, recvfromInto),
  result: (rc, request) => [rc, senderOf(request)],
  partial,
};
