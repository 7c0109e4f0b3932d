/** recvmmsg(2): receives the datagrams that are there, many in one call, as slices of one slab of memory. */
import * as check from "../../check.js";
import { AF_UNIX } from "../../constants.generated.js";
import { closeReceived } from "../../control/index.js";
import { ancbufsize } from "../../control/wire.js";
import { lengthOf, memoryOf, offsetOf, Slice } from "../../memory.js";
import {
  BATCH_MAX,
  DATAGRAM_CONTROL_LENGTH,
  DATAGRAM_FLAGS,
  DATAGRAM_INTS,
  DATAGRAM_LENGTH,
  DATAGRAM_OFFSET,
  datagrams,
  native,
} from "../../native.js";
import { addressOf, NO_ANCDATA, type ReceivedDatagram, readMeta } from "../datagram.js";
import { type Call, READ, type Request } from "../request.js";
import { keepInThread, newMemory } from "../scratch.js";
import { spendMore } from "../turn.js";
import { mayDiscard, setFlags } from "./receive.js";
import { checkHeld } from "./send.js";

/** The longest datagram of UDP, over IPv6 without jumbograms, is 65,527 bytes: 64 of the longest are
 *  4 MiB. Where datagrams are larger (AF_UNIX), fewer come at once. */
const SLOTS_BYTES_MAX = BATCH_MAX * 64 * 1024;
/** A slab has room for two batches, and at least this size, so that small datagrams share one for many calls.
 *  What is left over at its end was never touched, and costs no memory. */
const SLAB_MIN = 1024 * 1024;
/** The native side has 32 bits for where a datagram begins. */
const OFFSET_MAX = 2 ** 31 - 1;
const ALIGN = 8;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** Room for every control message that an Internet socket can be asked for, of either family (232 bytes):
 *  address 40, byte of service 24, hops 24, time 32, stride 24, drops 24, timestamping 64. */
const META_ROOM = 256;

interface Asked {
  readonly count: number;
  readonly room: number;
}

let slab = Buffer.alloc(0);
let used = 0;
let control = Buffer.allocUnsafeSlow(BATCH_MAX * META_ROOM);

/** How many slots of `slot` bytes the slab has for a call that wants `count`. If there are fewer a new slab
 *  is begun; but where slots are large, half of them are enough, since else each call would begin a slab and
 *  leave most of it unused. */
function slotsOf(count: number, slot: number): number {
  // If a program has transferred the slab's memory away, its length is 0.
  const left = slab.length - used;
  const free = slot === 0 ? (left < 0 ? 0 : count) : Math.floor(left / slot);
  const enough = count * slot > SLAB_MIN / 2 ? count / 2 : count;
  if (free >= enough) return Math.min(count, free);
  slab = newMemory(Math.max(2 * count * slot, SLAB_MIN));
  keepInThread(slab.buffer);
  used = 0;
  return count;
}

function controlFor(bytes: number): Buffer {
  if (bytes > control.length) control = Buffer.allocUnsafeSlow(bytes);
  return control;
}

function datagramAt(row: number, request: Request, memory: ArrayBufferLike, base: number) {
  const at = row * DATAGRAM_INTS;
  const { descriptor, extra } = request;
  const { room } = extra as Asked;
  const length = datagrams[at + DATAGRAM_LENGTH] as number;
  const from = base + (datagrams[at + DATAGRAM_OFFSET] as number);
  const datagram: ReceivedDatagram = {
    data: new Slice(memory, from, length),
    addr: addressOf(row, descriptor.family, descriptor.proto) as ReceivedDatagram["addr"],
    msgFlags: datagrams[at + DATAGRAM_FLAGS] as number,
    stride: length,
    ecn: null,
    dstIp: null,
    interfaceIndex: null,
    timestamp: null,
    ancdata: NO_ANCDATA,
  };
  const told = datagrams[at + DATAGRAM_CONTROL_LENGTH] as number;
  if (told > 0) readMeta(datagram, control, row * room, row * room + told);
  return datagram;
}

/** The `count` datagrams of the last call, which lie in `memory` from `base` on. */
function receivedFrom(
  count: number,
  request: Request,
  memory: ArrayBufferLike,
  base: number,
): ReceivedDatagram[] {
  const received: ReceivedDatagram[] = [];
  try {
    for (let row = 0; row < count; row++) received.push(datagramAt(row, request, memory, base));
  } catch (error) {
    for (const { ancdata } of received) closeReceived(ancdata);
    throw error;
  }
  return received;
}

/** Checks the arguments of both calls, except for where the bytes go; `places` is how many datagrams there is
 *  room for. */
function prepare(
  call: string,
  request: Request,
  bufsize: unknown,
  ancbuf: unknown,
  flags: unknown,
  places: (size: number) => number,
): void {
  request.size = check.integer(call, "bufsize", bufsize, 0, OFFSET_MAX - ALIGN);
  setFlags(call, request, flags);
  const preset = request.descriptor.family === AF_UNIX ? 0 : META_ROOM;
  // Each datagram's control messages start aligned, as the kernel writes them.
  const room = aligned(ancbuf === undefined ? preset : ancbufsize(call, ancbuf));
  const fit = Math.floor(SLOTS_BYTES_MAX / Math.max(room, 1));
  const count = Math.max(Math.min(places(request.size), fit, BATCH_MAX), 1);
  request.extra = { count, room } satisfies Asked;
}

/** Receives at most `slots` datagrams into `memory` from `offset` on, with one of the native module's two
 *  calls. */
function receive(
  recvmmsg: typeof native.recvmmsg,
  fd: number,
  request: Request,
  memory: Uint8Array,
  offset: number,
  slots: number,
): number {
  const { size, flags, kernelFlags, extra, descriptor } = request;
  const { room } = extra as Asked;
  const into = controlFor(slots * room);
  const rc = recvmmsg(fd, memory, offset, size, slots, kernelFlags, into, room);
  if (rc > 1) spendMore(rc - 1);
  if (rc > 0 && rc < slots && flags === 0 && descriptor.shortBatchDrains) descriptor.notReady(READ);
  return rc;
}

export const RECVMMSG: Call<ReceivedDatagram[]> = {
  syscall: "recvmmsg",
  direction: READ,
  prepare(request, maxMessages, bufsize, ancbuf, flags) {
    const call = "recvmmsg";
    const most = check.integer(call, "maxMessages", maxMessages, 1, Number.MAX_SAFE_INTEGER);
    const places = (size: number) =>
      Math.min(most, Math.floor(SLOTS_BYTES_MAX / Math.max(size, 1)));
    prepare(call, request, bufsize, ancbuf, flags, places);
  },
  attempt(fd, request) {
    const { count } = request.extra as Asked;
    const slots = slotsOf(count, aligned(request.size));
    if (mayDiscard(request)) slab.fill(0, used, used + slots * aligned(request.size));
    return receive(native.recvmmsg, fd, request, slab, used, slots);
  },
  result(rc, request) {
    if (rc === 0) return []; // nothing more will come
    const received = receivedFrom(rc, request, slab.buffer, used);
    const last = (rc - 1) * DATAGRAM_INTS;
    const end =
      (datagrams[last + DATAGRAM_OFFSET] as number) + (datagrams[last + DATAGRAM_LENGTH] as number);
    used += aligned(end);
    return received;
  },
};

export const RECVMMSG_INTO: Call<ReceivedDatagram[]> = {
  syscall: "recvmmsg",
  name: "recvmmsgInto",
  direction: READ,
  prepare(request, buffer, bufsize, ancbuf, flags) {
    const call = "recvmmsgInto";
    const bytes = check.buffer(call, "buffer", buffer);
    request.bytes = bytes;
    prepare(call, request, bufsize, ancbuf, flags, (size) => {
      if (size === 0) {
        request.bytes = Buffer.alloc(0); // memory that is gone has no slices, not even of no bytes
        return BATCH_MAX;
      }
      const fit = Math.floor(Math.min(lengthOf(bytes), OFFSET_MAX) / aligned(size));
      if (fit > 0) return fit;
      throw check.wrongRange(call, "buffer", `at least ${aligned(size)} bytes`, buffer);
    });
  },
  attempt(fd, request) {
    const { bytes, size, extra } = request;
    const { count } = extra as Asked;
    checkHeld("recvmmsgInto", "buffer", lengthOf(bytes), count * aligned(size));
    return receive(native.recvmmsgInto, fd, request, bytes, 0, count);
  },
  result: (rc, request) =>
    receivedFrom(rc, request, memoryOf(request.bytes), offsetOf(request.bytes)),
};
