/** recvmsg(2) and sendmsg(2): many buffers, control messages and an address in one call. */
import { decodeShared } from "../../address/index.js";
import * as check from "../../check.js";
import { closeReceived } from "../../control/index.js";
import {
  type AncillaryMessage,
  ancbufsize,
  packControl,
  unpackControl,
} from "../../control/wire.js";
import { bufferOf, lengthOf } from "../../memory.js";
import { native, VALUES, words } from "../../native.js";
import { type Call, READ, type Request, WRITE } from "../request.js";
import {
  isCut,
  note,
  ownMemory,
  partial,
  prepare,
  type ReadInto,
  readOn,
  setFlags,
  taken,
  usesScratch,
} from "./receive.js";
import { heldBytes, notYet, setPeer } from "./send.js";

/** SK_SLICES_MAX: with more buffers sendmsg(2) fails. */
const BUFFERS_MAX = 1024;

/** What recvmsg gives: data (or its length), control messages, the message's flags, the sender. */
export type Message<D> = [data: D, ancdata: AncillaryMessage[], msgFlags: number, address: unknown];

/** Where control messages land, as data does in the scratch. There is room for more than the descriptors that
 *  one message carries (253, 1,032 bytes) together with every time, address and count. */
const CONTROL_SIZE = 4096;
const shared = Buffer.allocUnsafeSlow(CONTROL_SIZE);
let control = shared;

/** Memory for `size` bytes of control messages; for more than CONTROL_SIZE it is new. */
function controlFor(size: number): Buffer {
  control = size <= CONTROL_SIZE ? shared : Buffer.allocUnsafeSlow(size);
  return control;
}

/** What the last call received, as its caller gets it. From here on descriptors in it are the caller's; if
 * the caller will not get them they are closed. */
function received<D>({ descriptor, whole }: Request, data: () => D): Message<D> {
  if (whole !== null) return [data(), whole.ancdata, whole.msgFlags, whole.address];
  const msgFlags = words[VALUES] as number;
  const ancdata = unpackControl(control, words[VALUES + 1] as number);
  try {
    const address = decodeShared(descriptor.proto);
    return [data(), ancdata, msgFlags, address];
  } catch (error) {
    closeReceived(ancdata);
    throw error;
  }
}

/** The part of `buffers` from byte `at` on. */
function from(buffers: readonly Uint8Array[], at: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = at;
  for (const bytes of buffers) {
    const length = lengthOf(bytes);
    if (skip < length) rest.push(skip === 0 ? bytes : bufferOf(bytes).subarray(skip));
    skip = Math.max(skip - length, 0);
  }
  return rest;
}

/** Reads one part of a message, with MSG_WAITALL. */
function readPart(buffers: readonly Uint8Array[], room: number): ReadInto {
  return (fd, request, at) => {
    const { kernelFlags, descriptor, whole } = request;
    const rc = native.recvmsgInto(fd, from(buffers, at), kernelFlags, controlFor(room), room);
    if (whole === null || rc < 0) return rc;
    whole.msgFlags = words[VALUES] as number;
    whole.ancdata = unpackControl(control, words[VALUES + 1] as number);
    whole.isCut = isCut(descriptor, whole.msgFlags);
    whole.address = decodeShared(descriptor.proto);
    return rc;
  };
}

export const RECVMSG: Call<Message<Buffer>> = {
  syscall: "recvmsg",
  direction: READ,
  prepare(request, bufsize, ancbuf, flags) {
    prepare("recvmsg", request, bufsize, flags);
    request.extra = ancbufsize("recvmsg", ancbuf);
  },
  attempt(fd, request) {
    const { size, kernelFlags: flags } = request;
    const room = request.extra as number;
    if (request.whole !== null) return readOn(fd, request, readPart([request.bytes], room));
    const into = controlFor(room);
    if (usesScratch(request)) return note(request, native.recvmsg(fd, size, flags, into, room));
    return note(request, native.recvmsgInto(fd, [ownMemory(request)], flags, into, room));
  },
  result: (rc, request) => received(request, () => taken(rc, request)),
  partial,
};

interface Held {
  readonly buffers: Uint8Array[];
  /** How long each was when the call was made. */
  readonly lengths: number[];
}

/** The buffers as they were given. Throws if one has lost memory meanwhile. */
function heldBuffers(call: string, { buffers, lengths }: Held): Uint8Array[] {
  return buffers.map((one, i) => heldBytes(call, "a buffer", one, lengths[i] as number));
}

const sumOf = (lengths: readonly number[]): number => lengths.reduce((sum, one) => sum + one, 0);

interface Into extends Held {
  readonly room: number;
}

function arrayOf<T>(call: string, buffers: unknown, must: string, each: (one: unknown) => T): T[] {
  if (!Array.isArray(buffers)) throw check.wrongType(call, "buffers", must, buffers);
  const all: T[] = [];
  for (let i = 0; i < buffers.length; i++) all.push(each(buffers[i])); // holes, too
  return all;
}

export const RECVMSG_INTO: Call<Message<number>> = {
  syscall: "recvmsg",
  name: "recvmsgInto",
  direction: READ,
  prepare(request, buffers, ancbuf, flags) {
    const call = "recvmsgInto";
    const list = arrayOf(call, buffers, "an array of buffers", (one) =>
      check.buffer(call, "a buffer", one),
    );
    const lengths = list.map(lengthOf);
    request.size = sumOf(lengths);
    setFlags(call, request, flags);
    request.extra = { buffers: list, lengths, room: ancbufsize(call, ancbuf) } satisfies Into;
  },
  isEager: ({ extra }) => (extra as Into).buffers.length > BUFFERS_MAX,
  attempt(fd, request) {
    const { kernelFlags } = request;
    const { room } = request.extra as Into;
    const buffers = heldBuffers("recvmsgInto", request.extra as Into);
    if (request.whole !== null) return readOn(fd, request, readPart(buffers, room));
    return note(request, native.recvmsgInto(fd, buffers, kernelFlags, controlFor(room), room));
  },
  result: (rc, request) => received(request, () => rc),
  partial,
};

interface From extends Held {
  readonly control: Uint8Array | null;
}

/** Keeps what sendmsg(2) is to send, and where to. */
export function setMessage(
  call: string,
  request: Request,
  buffers: unknown,
  ancdata: unknown,
  flags: unknown,
  address?: unknown,
): void {
  request.flags = check.flags(call, flags);
  const list = arrayOf(call, buffers, "an array of data", (one) =>
    check.sendable(call, "a buffer", one, request.flags),
  );
  const lengths = list.map(lengthOf);
  request.size = sumOf(lengths);
  request.extra = { buffers: list, lengths, control: packControl(call, ancdata) } satisfies From;
  if (address !== undefined && address !== null) setPeer(call, request, address);
}

export const SENDMSG: Call<number> = {
  syscall: "sendmsg",
  direction: WRITE,
  prepare: (request, buffers, ancdata, flags, address) =>
    setMessage("sendmsg", request, buffers, ancdata, flags, address),
  attempt(fd, request) {
    const { control } = request.extra as From;
    const buffers = heldBuffers("sendmsg", request.extra as From);
    const rc = native.sendmsg(fd, buffers, request.kernelFlags, control, request.sockaddr);
    return rc < 0 ? notYet(rc, request) : rc;
  },
  sent: () => true,
  parts({ address, extra }) {
    const { buffers, control } = extra as From;
    const isSend = address === null && control === null && buffers.length <= BUFFERS_MAX;
    return isSend ? buffers : null;
  },
  result: (rc) => rc,
};
