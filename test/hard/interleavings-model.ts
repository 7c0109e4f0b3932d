/** The rules that `interleavings.test.ts` holds the library to: what may become of calls on pairs of sockets,
 * however the calls are interleaved. */
import { inspect } from "node:util";
import {
  type AddressInput,
  type Family,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  type Socket,
  TimeoutError,
} from "berkeley";

/** Moments are numbers that count up; what never happens has this one. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/** One end of a pair: a socket, and in some pairs a second object for it. */
export interface End {
  readonly objects: Socket<Family>[];
  /** Whether both objects have the same number, and not a duplicate each. */
  readonly sharesNumber: boolean;
  /** The address that its peer sends to, if that is not connected. */
  readonly address: AddressInput<Family> | null;
  /** When each object was closed, and when the socket was shut down. */
  readonly closedAt: number[];
  readShutAt: number;
  writeShutAt: number;
  isReset: boolean;
}

export function newEnd(
  objects: Socket<Family>[],
  sharesNumber: boolean,
  address: End["address"],
): End {
  const closedAt = objects.map(() => NEVER);
  const shut = { readShutAt: NEVER, writeShutAt: NEVER, isReset: false };
  return { objects, sharesNumber, address, closedAt, ...shut };
}

/** A call that was made, and what became of it. */
export interface Call {
  readonly text: string;
  readonly object: number;
  readonly flags: number;
  /** What a send was given (`given`), how much a read asked for (`size`). */
  readonly given: readonly Buffer[];
  readonly size: number;
  /** The timeout that the socket had when the call was made. */
  readonly timeout: number | null;
  readonly signal: AbortSignal | null;
  readonly wasAborted: boolean;
  readonly begunAt: number;
  endedAt: number;
  tookMs: number;
  /** How many bytes, or messages, a send has sent; all that a read has got. */
  count: number;
  got: readonly Buffer[];
  error: { readonly code?: string; readonly bytesSent?: number } | null;
}

export const isOver = ({ endedAt }: Call): boolean => endedAt < NEVER;

/** One direction of a pair. */
export interface Flow {
  readonly name: string;
  /** Bytes are sent, not messages; descriptors among them cut the stream in parts. */
  readonly isStream: boolean;
  readonly isConnection: boolean;
  readonly isInternet: boolean;
  /** Whether the buffer for sending is small. */
  readonly isSmall: boolean;
  passesFds: boolean;
  readonly from: End;
  readonly to: End;
  readonly sends: Call[];
  readonly reads: Call[];
}

const closedFirst = ({ closedAt }: End): number => Math.min(...closedAt);

const endedFirst = (end: End): number =>
  Math.min(closedFirst(end), end.readShutAt, end.writeShutAt);

/** When either end of the pair was first shut down or closed. */
export const pairEndedAt = ({ from, to }: Flow): number =>
  Math.min(endedFirst(from), endedFirst(to));

/** When a read could first have found an end. */
const eofAt = ({ from, to }: Flow): number =>
  Math.min(from.writeShutAt, closedFirst(from), to.readShutAt, closedFirst(to));

/** Whether `call`, which waits, has to end without anything else being done. */
export function endsByItself(call: Call, flow: Flow): boolean {
  const { from, to } = flow;
  const isSend = flow.sends.includes(call);
  const isClosed = ((isSend ? from : to).closedAt[call.object] as number) < NEVER;
  if (isClosed || call.signal?.aborted === true || call.timeout !== null) return true;
  if ((call.flags & MSG_DONTWAIT) !== 0) return true;
  const hasGone = (end: End) => Math.max(...end.closedAt) < NEVER;
  if (!isSend) {
    const isEnd = Math.min(from.writeShutAt, to.readShutAt) < NEVER || hasGone(from);
    return flow.isConnection && isEnd;
  }
  // Those that wait to write to a Unix socket are not told that a duplicate is shut down, or that the peer
  // reads no more.
  const isTold = flow.isInternet || from.objects.length === 1 || from.sharesNumber;
  return hasGone(to) || (isTold && from.writeShutAt < NEVER);
}

/** The errors of a call whose peer has gone, or has shut down. */
const OF_THE_PEER = new Set(["EPIPE", "ECONNRESET", "ECONNREFUSED", "ENOTCONN"]);

function mayFail(call: Call, end: End, endedAt: number): boolean {
  const { error, signal, timeout, flags } = call;
  if (signal?.aborted === true && error === signal.reason) return true;
  const code = error?.code ?? "";
  if (code === "EAGAIN") return timeout === 0 || (flags & MSG_DONTWAIT) !== 0;
  if (error instanceof TimeoutError) {
    return timeout !== null && timeout > 0 && call.tookMs >= timeout * 1000 - 1;
  }
  if (code === "EBADF") return (end.closedAt[call.object] as number) < call.endedAt;
  return OF_THE_PEER.has(code) && endedAt < call.endedAt;
}

function checkOutcome(call: Call, end: End, flow: Flow): void {
  const { error, text } = call;
  if (error !== null) {
    if (!mayFail(call, end, pairEndedAt(flow))) throw new Error(`${text}: ${inspect(error)}`);
    return;
  }
  if (call.wasAborted) throw new Error(`${text}: was aborted before, and gave something`);
  if ((end.closedAt[call.object] as number) < call.begunAt) {
    throw new Error(`${text}: was closed before, and gave something`);
  }
}

/** Throws unless the calls on one object that succeeded ended in the order in which they were made. */
function checkOrder(calls: readonly Call[]): void {
  for (const object of [0, 1]) {
    let last: Call | undefined;
    for (const call of calls) {
      if (call.object !== object || call.error !== null) continue;
      if (last !== undefined && last.endedAt > call.endedAt) {
        throw new Error(`${last.text}: told behind ${call.text}, which was made later`);
      }
      last = call;
    }
  }
}

/** What one object has sent. A place is a position in it, at which a read may begin. */
interface Sent {
  /** The place after `read`, which began at `place` and had room for `size` bytes; -1: this was not sent there. */
  behind(place: number, read: Buffer, size: number): number;
  /** Whether nothing that was sent after `place` has to arrive. */
  isAll(place: number): boolean;
}

function sentBytes(sends: readonly Call[]): Sent {
  const bytes = Buffer.concat(
    sends.map(({ given, count }) => Buffer.concat(given).subarray(0, count)),
  );
  return {
    behind(place, read) {
      const end = place + read.length;
      return bytes.subarray(place, end).equals(read) ? end : -1;
    },
    isAll: (place) => place === bytes.length,
  };
}

/** `mayLose`: messages may be lost. `mayEnd`: an empty message that was read may have been counted as the end
 *  instead. */
function sentMessages(sends: readonly Call[], mayLose: boolean, mayEnd: boolean): Sent {
  const messages = sends.flatMap(({ given, count, error }) => {
    // If a batch was ended by a close, nobody knows how many of it had been sent.
    const isUnknown = given.length > 1 && error?.code === "EBADF";
    return given.slice(0, isUnknown ? given.length : count).map((bytes) => {
      const isSure = !mayLose && !isUnknown && !(mayEnd && bytes.length === 0);
      return { bytes, isSure };
    });
  });
  return {
    behind(place, read, size) {
      for (let at = place; at < messages.length; at++) {
        const { bytes, isSure } = messages[at] as (typeof messages)[number];
        if (bytes.subarray(0, size).equals(read)) return at + 1;
        if (isSure) return -1;
      }
      return -1;
    },
    isAll: (place) => messages.slice(place).every(({ isSure }) => !isSure),
  };
}

interface Read {
  readonly call: Call;
  readonly isEmpty: boolean;
  /** The bytes of each object that sends; null: there are none of it. */
  readonly parts: readonly (Buffer | null)[];
}

/** The highest bit of a byte says which object sent it. */
function readOf(call: Call, bytes: Buffer, objects: number): Read {
  const isEmpty = bytes.length === 0;
  if (objects === 1 || isEmpty) return { call, isEmpty, parts: [bytes, null].slice(0, objects) };
  const parts = [0, 1].map(() => Buffer.alloc(bytes.length));
  const lengths = [0, 0];
  for (const byte of bytes) {
    const tag = byte >> 7;
    (parts[tag] as Buffer)[(lengths[tag] as number)++] = byte;
  }
  return {
    call,
    isEmpty,
    parts: parts.map((part, tag) => (lengths[tag] === 0 ? null : part.subarray(0, lengths[tag]))),
  };
}

type Places = readonly number[];

/** For each object that sends the place after a read that began at `places`; null: that cannot be read there. */
function behind(sent: readonly Sent[], places: Places, { call, parts }: Read): Places | null {
  const after = sent.map((one, tag) => {
    const place = places[tag] as number;
    const part = parts[tag] ?? null;
    return part === null ? place : one.behind(place, part, call.size);
  });
  if (after.includes(-1)) return null;
  return (call.flags & MSG_PEEK) !== 0 ? places : after;
}

/** Throws unless everything that was read was sent, once and in this order. If two objects read, the order
 * between their reads is unknown: all are tried. */
function checkContents(flow: Flow): void {
  const { isStream, from } = flow;
  const mayLose = flow.isInternet && !flow.isConnection;
  const sent = from.objects.map((_, object) => {
    const sends = flow.sends.filter((call) => call.object === object);
    return isStream ? sentBytes(sends) : sentMessages(sends, mayLose, eofAt(flow) < NEVER);
  });
  const reads = [0, 1].map((object) =>
    flow.reads
      .filter((call) => call.object === object)
      .flatMap((call) => call.got.map((bytes) => readOf(call, bytes, sent.length))),
  ) as [Read[], Read[]];
  const [first, second] = reads;
  const next = (read: Read, places: Places): Places | null => {
    const mayBeEnd = read.isEmpty && eofAt(flow) < read.call.endedAt;
    // To take it for an empty message, which may have been lost, is no better guess.
    if (read.isEmpty && (isStream || (mayLose && mayBeEnd))) return mayBeEnd ? places : null;
    return behind(sent, places, read) ?? (mayBeEnd ? places : null);
  };
  /** By the number of the second object's reads that are matched: the places reached by these and the first
   *  object's so far. */
  let ways = new Map<number, Places>([[0, sent.map(() => 0)]]);
  for (let at = 0; ways.size > 0; at++) {
    for (let other = 0; other < second.length; other++) {
      addWay(ways, other + 1, ways.get(other), (places) => next(second[other] as Read, places));
    }
    if (at === first.length) break;
    const lastWays = ways;
    ways = new Map();
    for (const [other, places] of lastWays) {
      addWay(ways, other, places, (places) => next(first[at] as Read, places));
    }
    if (ways.size === 0) throw new Error(`${(first[at] as Read).call.text}: not what was sent`);
  }
  const end = ways.get(second.length);
  if (end === undefined) {
    const read = second[Math.max(...ways.keys())] as Read;
    throw new Error(`${read.call.text}: not what was sent`);
  }
  if (!losesRest(flow) && !sent.every((one, tag) => one.isAll(end[tag] as number))) {
    throw new Error(`${flow.name}: something is lost behind ${end}`);
  }
}

/** Adds a way to match `key` reads of the second object. If there is one already, messages may have been lost
 *  on either: the lesser of two places still has ahead of it all that may yet come. */
function addWay(
  ways: Map<number, Places>,
  key: number,
  from: Places | undefined,
  next: (places: Places) => Places | null,
): void {
  const places = from === undefined ? null : next(from);
  if (places === null) return;
  const others = ways.get(key) ?? places;
  ways.set(
    key,
    places.map((place, tag) => Math.min(place, others[tag] as number)),
  );
}

/** Whether what was sent need not arrive: the reader has gone, or TCP has reset the connection, as it does if
 * an end is closed before it has read all. */
function losesRest({ from, to, isInternet }: Flow): boolean {
  if (Math.min(closedFirst(to), to.readShutAt) < NEVER) return true;
  return isInternet && (from.isReset || Math.min(closedFirst(from), from.readShutAt) < NEVER);
}

/** Throws if MSG_WAITALL gave less than was asked for, unless it was aborted, could not wait for so long, or
 *  no more came. */
function checkWhole(call: Call, flow: Flow): void {
  const { flags, size, timeout, signal, got } = call;
  const asksForAll = (flags & (MSG_WAITALL | MSG_DONTWAIT)) === MSG_WAITALL;
  if (!flow.isStream || !asksForAll || timeout !== null || flow.passesFds) return;
  if (call.error !== null || signal?.aborted === true || eofAt(flow) < call.endedAt) return;
  const length = (got[0] as Buffer).length;
  if (length < size) throw new Error(`${call.text}: MSG_WAITALL gave ${length} bytes of ${size}`);
}

/** Throws if anything is not as it has to be. */
export function check(flow: Flow): void {
  for (const call of flow.sends) checkOutcome(call, flow.from, flow);
  for (const call of flow.reads) checkOutcome(call, flow.to, flow);
  checkOrder(flow.sends);
  checkOrder(flow.reads);
  checkContents(flow);
  for (const call of flow.reads) checkWhole(call, flow);
}
