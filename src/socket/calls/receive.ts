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

/** On Linux one call like read(2) moves at most 0x7ffff000 bytes. (From a stream fewer are always right, and
 *  BURST_BYTES is as much as a socket's buffer holds by default.) */
const READ_MAX = 0x7ffff000;

/** Whether to go on until all is there: for MSG_WAITALL on a stream without a timeout. With a timeout
 *  Python's call takes what has come, and so does this one. */
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
    // A header of a few bytes gets its memory from Node's pool.
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

/** Notes that there is no more for now if a read was short, where short reads say so. */
function noteShort(descriptor: Descriptor, rc: number, size: number): void {
  if (rc > 0 && rc < size && descriptor.shortReadDrains) descriptor.notReady(READ);
}

/** The same for any read of TCP without flags, which is short for no other reason. */
export function note({ descriptor, flags, size }: Request, rc: number): number {
  if (descriptor.kind.isTcp && flags === 0) noteShort(descriptor, rc, size);
  return rc;
}

/** The same for `recv` without flags, which is told if a Unix stream stopped at control messages. */
function noteRecv(descriptor: Descriptor, rc: number, size: number): number {
  const says = descriptor.kind.tellsStops ? words[VALUES] === 0 : descriptor.kind.isTcp;
  if (says) noteShort(descriptor, rc, size);
  return rc;
}

/** recv(2) or one of its relatives, into the request's memory from `at` on. */
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

/** With one of these options every part of a Unix stream comes with a control message. */
const BESIDE_ALL = [SO_PASSCRED, SO_PASSSEC];

/** Whether the last recvmsg(2) had no room for descriptors that came. Where every part comes with something
 *  else, too, nothing tells. */
export function isCut({ fd, family }: Descriptor, msgFlags: number): boolean {
  if (family !== AF_UNIX || (msgFlags & MSG_CTRUNC) === 0) return false;
  const isAsked = (name: number) =>
    native.getsockoptInt(fd, SOL_SOCKET, name) >= 0 && words[VALUES] !== 0;
  return !BESIDE_ALL.some(isAsked);
}

const NO_CONTROL = new Uint8Array(0);

/** The same for a Unix stream, by recvmsg(2): a read stops at descriptors, and only recvmsg(2) tells of them. */
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

/** Reads until all is there, with `read` unless it is a Unix stream. */
function readAll(fd: number, request: Request, read: ReadInto): number {
  return readOn(fd, request, request.descriptor.family === AF_UNIX ? recvUnixInto : read);
}

/** Reads until all is there. If the stream ends or breaks, or control messages come, then what has come is
 *  the result, as with recv(2) itself; an error that broke the stream is left to the next call. */
export function readOn(fd: number, request: Request, read: ReadInto): number {
  if ((request.flags & MSG_PEEK) !== 0) return peekOn(fd, request, read);
  const burstEnd = request.progress + BURST_BYTES;
  for (;;) {
    const { progress, size, descriptor } = request;
    // Stop before urgent data, as recv(2) does: to read past it would discard it.
    if (progress > 0 && native.atMark(fd) > 0) return progress;
    const rc = read(fd, request, progress);
    if (rc === -EAGAIN || (rc <= 0 && progress === 0)) return rc;
    // On TCP EIO says that a record of TLS's own comes next. It is not kept: the record stays, for a call
    // with room for its kind.
    if (rc < 0 && !(rc === -EIO && descriptor.kind.isTcp)) descriptor.readError = rc;
    if (rc <= 0) return progress;
    request.progress += rc;
    request.flags |= MSG_DONTWAIT; // a blocking call has waited already, and would wait all of SO_RCVTIMEO again
    if (request.progress >= size || hasControl(request)) return request.progress;
    if (request.progress >= burstEnd) return LATER;
  }
}

const hasControl = ({ whole }: Request): boolean =>
  whole !== null && (whole.isCut || whole.ancdata.length > 0);

/** Whether there is an error, and not only something in the error queue. It is kept, for the next call. */
function keepsError(fd: number, { descriptor }: Request): boolean {
  if (native.getsockoptInt(fd, SOL_SOCKET, SO_ERROR) < 0 || words[VALUES] === 0) return false;
  descriptor.readError = -(words[VALUES] as number);
  return true;
}

/** A peek begins anew each time. It is over when all is there, or when no more will come. */
function peekOn(fd: number, request: Request, read: ReadInto): number {
  const rc = read(fd, request, 0);
  if (request.whole !== null) request.whole.peeked = Math.max(rc, 0);
  if (rc <= 0 || rc >= request.size || hasControl(request)) return rc;
  const events = native.poll(fd, EPOLLRDHUP | EPOLLPRI, 0);
  // It stops before urgent data, unless it began there.
  const isStopped = (events & EPOLLPRI) !== 0 && native.atMark(fd) <= 0;
  const isOver = isStopped || (events & (EPOLLRDHUP | EPOLLHUP)) !== 0;
  return isOver || ((events & EPOLLERR) !== 0 && keepsError(fd, request)) ? rc : -EAGAIN;
}

function attemptInto(fd: number, request: Request): number {
  if (request.whole !== null) return readAll(fd, request, recvInto);
  return note(request, recvInto(fd, request, 0));
}

/** If MSG_WAITALL is aborted half-way, the result is what has come, as with recv(2) and a signal. */
export function partial({ whole, progress }: Request): number {
  return whole === null ? 0 : progress;
}

/** Memory for reads of more than the scratch holds, to be used again by the next one. Nobody got it: there
 *  was nothing to read, or so little that it was copied. */
let spare: Uint8Array | null = null;

function spareOrNew(size: number): Uint8Array {
  const memory = spare?.length === size ? spare : newMemory(size);
  spare = size <= BURST_BYTES ? memory : null;
  return memory;
}

/** Memory of its own for a read that may not land in the scratch. */
export function ownMemory(request: Request): Uint8Array {
  const { size } = request;
  // A large block of zeros costs little: no page of it is touched.
  request.bytes = mayDiscard(request) ? Buffer.alloc(size) : spareOrNew(size);
  return request.bytes;
}

function takeOwn(bytes: Uint8Array, length: number): Buffer {
  const data = trim(bytes, length);
  if (data.buffer === spare?.buffer) spare = null; // the caller has it now
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

/** Whether the kernel may discard the bytes and only count them. The caller would then see what lay in the
 *  memory before, so it has to be zeros. (SCTP, TIPC and vsock ignore the flag, and the bytes come.) */
export function mayDiscard({ flags, descriptor }: Request): boolean {
  return (flags & MSG_TRUNC) !== 0 && descriptor.kind.mayDiscard;
}

/** The bytes that were read. With MSG_TRUNC `rc` is the whole length of a datagram, of which only `size`
 *  bytes came. */
export function taken(rc: number, request: Request): Buffer {
  const length = Math.min(rc, request.size);
  const isOwn = request.whole !== null || !fitsScratch(request.size) || mayDiscard(request);
  return isOwn ? takeOwn(request.bytes, length) : takeRead(length);
}

/** Who sent what was read. */
function senderOf({ whole, descriptor }: Request): unknown {
  return whole === null ? decodeShared(descriptor.proto) : whole.address;
}

/** The last read filled the scratch, but more was asked for: returns it together with what follows, as if one
 *  call had read both. */
function readRest(size: number, descriptor: Descriptor): Buffer {
  descriptor.littleReads = 0;
  // Others who have the stream may have read on by now. And where TCP stops at urgent data, this call has to
  // stop, too.
  if (descriptor.isShared || !descriptor.shortReadDrains) return takeRead(SCRATCH_SIZE);
  let memory: Uint8Array;
  try {
    memory = spareOrNew(size);
  } catch {
    return takeRead(SCRATCH_SIZE); // what has been read must not be lost for want of memory for more
  }
  // One call would have stopped at urgent data that has come since: to read past it would discard it.
  if (native.atMark(descriptor.fd) > 0) return takeRead(SCRATCH_SIZE);
  const room = size - SCRATCH_SIZE;
  const rc = native.recvInto(descriptor.fd, memory, SCRATCH_SIZE, room, MSG_DONTWAIT);
  if (rc < 0 && rc !== -EAGAIN) descriptor.readError = rc;
  if (rc <= 0) return takeRead(SCRATCH_SIZE);
  memory.set(lastRead(SCRATCH_SIZE));
  noteShort(descriptor, rc, room);
  return takeOwn(memory, SCRATCH_SIZE + rc);
}

/** How much the poller may read into the scratch for a call; 0 if it has to be attempted. */
const scratchSize = ({ flags, size }: Request): number =>
  flags === 0 && fitsScratch(size) ? size : 0;

/** After this many little reads the next is most likely little, too. One that is not is made in two parts,
 *  which takes longer. */
const LITTLE_READS = 8;

/** The same for `recv`: also for a larger read as much as fits the scratch, if those before it gave less than
 *  that. */
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
  // If the memory is gone already, the attempt says so; if it goes while the call waits, the poller reads
  // nothing into it.
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
