/** sendmmsg(2): many datagrams in one call. */
import * as os from "node:os";
import { Lookup } from "../../address/family.js";
import { encodeAddress } from "../../address/index.js";
import { hostBytes } from "../../address/text.js";
import * as check from "../../check.js";
import { AF_INET, AF_INET6, MSG_FASTOPEN } from "../../constants.generated.js";
import { encodeControl } from "../../control/index.js";
import { packControl } from "../../control/wire.js";
import { bufferOf, lengthOf } from "../../memory.js";
import {
  BATCH_MAX,
  DATAGRAM_ADDRESS_LENGTH,
  DATAGRAM_CONTROL_LENGTH,
  DATAGRAM_INTS,
  DATAGRAM_LENGTH,
  datagramAddresses,
  datagrams,
  native,
  SAME,
} from "../../native.js";
import type { Transmit } from "../datagram.js";
import { type Call, LATER, noRoom, type Request, WRITE } from "../request.js";
import { spendMore } from "../turn.js";
import { heldBytes, markBytes, notYet } from "./send.js";

const { EAGAIN } = os.constants.errno;

/** After this many datagrams a call lets the event loop run: about a millisecond. */
const BURST = 16 * BATCH_MAX;

const CALL = "sendmmsg";

/** What to send. Each array has an element for each datagram. */
interface Batch {
  readonly buffers: Uint8Array[];
  /** How long each was when the call was made. */
  readonly lengths: number[];
  /** `null` where no datagram has any. */
  readonly addresses: (Uint8Array | null)[] | null;
  /** `null` where no datagram has any. */
  readonly controls: (Uint8Array | null)[] | null;
  /** The kernel has taken the next message in part: `buffers` has the rest of it. */
  isCut: boolean;
  /** Bytes that were sent and are no longer in `buffers`. */
  cutBytes: number;
}

type Beside = Pick<Transmit, "ecn" | "segmentSize" | "srcIp" | "ancdata">;

function controlOf(beside: Beside, family: number): Uint8Array | null {
  const { ecn, segmentSize, srcIp, ancdata } = beside;
  const messages: unknown[] = [];
  if (ecn !== undefined) {
    const bits = check.integer(CALL, "ecn", ecn, 0, 3);
    // An IPv6 socket sends IPv4 to ::ffff: addresses. In either case the kernel ignores the message meant for
    // the other.
    messages.push(encodeControl("IP_TOS", bits));
    if (family === AF_INET6) messages.push(encodeControl("IPV6_TCLASS", bits));
  }
  if (srcIp !== undefined) {
    hostBytes(CALL, "srcIp", family, srcIp); // so that an error names it as the caller does
    messages.push(
      family === AF_INET
        ? encodeControl("IP_PKTINFO", { specDst: srcIp })
        : encodeControl("IPV6_PKTINFO", { addr: srcIp }),
    );
  }
  if (segmentSize !== undefined) {
    const bytes = check.integer(CALL, "segmentSize", segmentSize, 1, 65535);
    messages.push(encodeControl("UDP_SEGMENT", bytes));
  }
  return packControl(CALL, ancdata === undefined ? messages : messages.concat(ancdata));
}

/** Keeps the control messages of the last datagram: mostly the next has the same. */
class LastControl {
  ecn: unknown;
  segmentSize: unknown;
  srcIp: unknown;
  family = 0;
  control: Uint8Array | null = null;

  of(transmit: Transmit, family: number): Uint8Array | null {
    // Read once: a getter might give something else the next time, and the wrong message would be kept.
    const { ecn, segmentSize, srcIp, ancdata } = transmit;
    const isPlain = ecn === undefined && segmentSize === undefined && srcIp === undefined;
    if (isPlain && ancdata === undefined) return null;
    if (!isPlain && family !== AF_INET && family !== AF_INET6) {
      throw new TypeError(`${CALL}: ecn, srcIp and segmentSize need an Internet socket`);
    }
    if (ancdata !== undefined) return controlOf({ ecn, segmentSize, srcIp, ancdata }, family);
    const isSame =
      ecn === this.ecn &&
      segmentSize === this.segmentSize &&
      srcIp === this.srcIp &&
      family === this.family;
    if (isSame) return this.control;
    const control = controlOf({ ecn, segmentSize, srcIp, ancdata }, family);
    Object.assign(this, { ecn, segmentSize, srcIp, family, control });
    return control;
  }
}

const lastControl = new LastControl();

function addressOf(request: Request, destination: unknown): Uint8Array | null {
  if (destination === undefined || destination === null) return null;
  const encoded = encodeAddress(CALL, destination, request.descriptor);
  if (!(encoded instanceof Lookup)) return encoded;
  throw check.wrongRange(CALL, "destination", "a numeric address", destination);
}

function isTransmit(message: unknown): message is Transmit {
  return typeof message === "object" && message !== null && "contents" in message;
}

function batchOf(request: Request, messages: unknown): Batch {
  if (!Array.isArray(messages)) {
    throw check.wrongType(CALL, "messages", "an array of { contents, … } or data", messages);
  }
  const { family } = request.descriptor;
  const buffers: Uint8Array[] = [];
  let addresses: Batch["addresses"] = null;
  let controls: Batch["controls"] = null;
  for (const [i, message] of messages.entries()) {
    if (!isTransmit(message)) {
      buffers.push(check.sendable(CALL, "contents", message, request.flags));
      continue;
    }
    buffers.push(check.sendable(CALL, "contents", message.contents, request.flags));
    const address = addressOf(request, message.destination);
    const control = lastControl.of(message, family);
    if (address !== null) {
      addresses ??= new Array(messages.length).fill(null);
      addresses[i] = address;
    }
    if (control !== null) {
      controls ??= new Array(messages.length).fill(null);
      controls[i] = control;
    }
  }
  const lengths = buffers.map(lengthOf);
  return { buffers, lengths, addresses, controls, isCut: false, cutBytes: 0 };
}

let packed = Buffer.alloc(0);

/** The control messages of `count` datagrams, one after the other. Repeated ones are there once. */
function packAll(controls: (Uint8Array | null)[], start: number, count: number): Buffer {
  let size = 0;
  for (let i = start; i < start + count; i++) size += controls[i]?.length ?? 0;
  if (size > packed.length) packed = Buffer.allocUnsafeSlow(size * 2);
  let end = 0;
  let last: Uint8Array | null | undefined;
  for (let i = 0; i < count; i++) {
    const control = controls[start + i] ?? null;
    const isSame = control === last;
    datagrams[i * DATAGRAM_INTS + DATAGRAM_CONTROL_LENGTH] = isSame ? SAME : (control?.length ?? 0);
    last = control;
    if (isSame || control === null) continue;
    packed.set(control, end);
    end += control.length;
  }
  return packed;
}

/** Sees to it that no datagram is sent shorter or longer than it was given, whatever became of its memory
 *  meanwhile. Returns how many of `count` still have theirs, counted up to the first that does not. */
function holdRows({ buffers, lengths, isCut }: Batch, start: number, count: number): number {
  let i = start;
  try {
    for (; i < start + count; i++) {
      buffers[i] = heldBytes(CALL, "contents", buffers[i] as Uint8Array, lengths[i] as number);
    }
  } catch (error) {
    if (i === 0 || (i === start && isCut)) throw error;
  }
  return i - start;
}

/** Writes the rows of `count` datagrams. A message to many peers has the same Buffer each time, and many
 *  messages to one peer have the same sockaddr: each is handed over once. */
function writeRows(batch: Batch, start: number, count: number): Buffer | null {
  const { buffers, addresses, controls } = batch;
  let lastBytes: Uint8Array | undefined;
  let lastAddress: Uint8Array | null | undefined;
  for (let i = 0; i < count; i++) {
    const at = i * DATAGRAM_INTS;
    const bytes = buffers[start + i];
    datagrams[at + DATAGRAM_LENGTH] = bytes === lastBytes ? SAME : 0;
    lastBytes = bytes;
    const address = addresses?.[start + i] ?? null; // shorter than `buffers` if `messages` grew while it was read
    datagrams[at + DATAGRAM_ADDRESS_LENGTH] =
      address === lastAddress ? SAME : (address?.length ?? 0);
    if (address !== null && address !== lastAddress) (datagramAddresses[i] as Buffer).set(address);
    lastAddress = address;
    if (controls === null) datagrams[at + DATAGRAM_CONTROL_LENGTH] = 0;
  }
  return controls === null ? null : packAll(controls, start, count);
}

/** A stream, or J1939, may have taken only a part of the last of `count` messages, which sendmmsg(2) counts
 *  all the same. The rest becomes the next message, without the control messages. */
function keepRest(request: Request, count: number): void {
  const batch = request.extra as Batch;
  const last = request.progress - 1;
  request.flags &= ~MSG_FASTOPEN; // the first message has begun the connection, and the kernel refuses to begin it again
  const taken = datagrams[(count - 1) * DATAGRAM_INTS + DATAGRAM_LENGTH] as number;
  const length = batch.lengths[last] as number;
  batch.isCut = taken < length;
  if (!batch.isCut) return;
  batch.buffers[last] = bufferOf(batch.buffers[last] as Uint8Array).subarray(taken);
  batch.lengths[last] = length - taken;
  batch.cutBytes += taken;
  if (batch.controls !== null) batch.controls[last] = null;
  request.progress = last;
}

/** The next message cannot be sent (`rc`). As with sendmmsg(2), the result is how many were; but a call that
 * may wait does so if there is no room. In the middle of a message that was cut no count would say what was
 * sent. */
function stop(rc: number, request: Request): number {
  const { progress, mayWait } = request;
  const { addresses, isCut } = request.extra as Batch;
  if (progress > 0 && !isCut && (rc !== -EAGAIN || !mayWait)) return progress;
  const hasAddress = addresses?.[progress] != null;
  return rc === -EAGAIN ? noRoom(request, hasAddress) : notYet(rc, request);
}

export const SENDMMSG: Call<number> = {
  syscall: "sendmmsg",
  direction: WRITE,
  prepare(request, messages, flags) {
    request.flags = check.flags(CALL, flags);
    request.extra = batchOf(request, messages);
  },
  attempt(fd, request) {
    const batch = request.extra as Batch;
    const total = batch.buffers.length;
    const burstEnd = request.progress + BURST;
    while (request.progress < total) {
      if (request.progress >= burstEnd) return LATER;
      const { progress, kernelFlags } = request;
      const count = holdRows(batch, progress, Math.min(total - progress, BATCH_MAX));
      if (count === 0) return progress;
      const control = writeRows(batch, progress, count);
      const rc = native.sendmmsg(fd, batch.buffers, progress, count, kernelFlags, control);
      if (rc < 0) return stop(rc, request);
      request.progress += rc;
      if (request.descriptor.kind.mayCut) keepRest(request, rc);
      spendMore(rc);
      if (batch.isCut) return LATER; // a peer that keeps up would have room again at once, for ever
    }
    return total;
  },
  result: (rc) => rc,
  partial: ({ progress, extra }) => ((extra as Batch).isCut ? 0 : progress),
  mark(error, { progress, extra }) {
    const { lengths, cutBytes } = extra as Batch;
    const whole = lengths.slice(0, progress);
    markBytes(
      error,
      whole.reduce((sum, one) => sum + one, cutBytes),
    );
  },
};
