/** The native module's functions, typed, and the memory that it shares with this side.
 *
 * Unless it says otherwise a function gives what the system call gives, or the negative errno.
 * Arguments are checked before they come here; the module checks their kinds once more. */
import addon from "../native/addon.cjs";

/** What a look-up came to: its bytes, or an EAI_* number with the errno in `values[0]`. */
export type Answer = ArrayBuffer | number;
/** Hears the answer, on the event loop; with `null` the look-up is made in place. */
type Done = ((answer: Answer) => void) | null;

export interface Native {
  readonly shared: ArrayBuffer;
  /** What there is one of in an environment; see `onlyOne`. */
  readonly singletons?: Map<string, unknown>;

  socket(family: number, type: number, proto: number): number;
  /** The descriptors are `values[0]` and `values[1]`. */
  socketpair(family: number, type: number, proto: number): number;
  /** Whether the process ends with this thread. */
  isMainThread(): boolean;
  /** The environment closes what it owns when it is torn down. */
  own(fd: number): void;
  disown(fd: number): void;
  close(fd: number): number;
  dup(fd: number): number;
  bind(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  /** The peer is the shared address, where the family's sockets are named at all. */
  accept(fd: number, nonblock: boolean, named: boolean): number;
  connect(fd: number, address: Uint8Array): number;
  shutdown(fd: number, how: number): number;
  /** The name is the shared address. */
  getsockname(fd: number): number;
  getpeername(fd: number): number;

  /** Keeps the memory alive while none comes that lies higher, so that the heap below it stays with the process. */
  keepHeapTop(bytes: Uint8Array): void;
  useScratch(bytes: Uint8Array): void;
  usePool(bytes: Uint8Array): void;
  /** `give` is called when there is no room in the pool, and calls `usePool`; in a tick, where others were
   *  read into the one before, with `true`. */
  onPoolFull(give: (isInTick: boolean) => void): void;
  /** Reads into the scratch; what is small is copied on into the pool, at `words[POOLED]`. */
  recv(fd: number, size: number, flags: number): number;
  /** As `recv`, of a Unix stream; `values[0]`: it stopped at control messages, with maybe more
   *  behind. */
  recvUnix(fd: number, size: number, flags: number): number;
  recvInto(fd: number, bytes: Uint8Array, offset: number, size: number, flags: number): number;
  /** As `recv`; the sender is the shared address. */
  recvfrom(fd: number, size: number, flags: number): number;
  recvfromInto(fd: number, bytes: Uint8Array, offset: number, size: number, flags: number): number;
  send(fd: number, bytes: Uint8Array, offset: number, flags: number): number;
  sendto(fd: number, bytes: Uint8Array, flags: number, address: Uint8Array): number;
  /** As `recvfrom`; control messages go into the first `room` bytes of `control`, their length is
   *  `values[1]`, and the message's flags are `values[0]`. */
  recvmsg(fd: number, size: number, flags: number, control: Uint8Array, room: number): number;
  recvmsgInto(
    fd: number,
    buffers: readonly Uint8Array[],
    flags: number,
    control: Uint8Array,
    room: number,
  ): number;
  sendmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    flags: number,
    control: Uint8Array | null,
    address: Uint8Array | null,
  ): number;
  /** At most `count` datagrams of `size` bytes, into `memory` from `offset` on; each has `room`
   *  bytes of `control`. Gives how many came; `datagrams` tells of each. */
  recvmmsg(
    fd: number,
    memory: Uint8Array,
    offset: number,
    size: number,
    count: number,
    flags: number,
    control: Uint8Array,
    room: number,
  ): number;
  /** The same, each datagram in a place of its own: `size` bytes, rounded up to a multiple of 8. */
  recvmmsgInto: Native["recvmmsg"];
  /** `count` of `buffers`, from `start` on; the first rows of `datagrams` say where to, and how much
   *  of `control` is whose. */
  sendmmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    start: number,
    count: number,
    flags: number,
    control: Uint8Array | null,
  ): number;
  /** Where the bytes of sends that are put off lie; of those that are borrowed the array has the memory, a place a send. */
  useOutbox(bytes: Uint8Array, borrowed: readonly (Uint8Array | null)[]): void;
  /** Makes the sends that are put off: the first `words[PUT_OFF_COUNT]` rows of `sends`. So does every other call. From then on
   *  JavaScript's time for the next ones runs, of which there are to be `words[PACE]` at a time. */
  emptyOutbox(): void;
  /** Opens the io_uring that many calls of a tick are made by, in one; else it is opened when there are many. */
  openRing(): number;
  /** From `offset` of `file`, at most `count` bytes; 0 at its end. */
  sendfile(fd: number, file: number, offset: number, count: number): number;
  /** Blocks the thread until an event or the end of the time (0); -1 ms: no limit. */
  poll(fd: number, events: number, timeoutMs: number): number;

  getsockopt(fd: number, level: number, name: number, into: Uint8Array): number;
  /** The option is `values[0]`. */
  getsockoptInt(fd: number, level: number, name: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array): number;
  setsockoptInt(fd: number, level: number, name: number, value: number): number;
  /** A classic BPF program: 8 bytes an instruction. */
  setsockoptFilter(fd: number, level: number, name: number, program: Uint8Array): number;
  setsockoptNull(fd: number, level: number, name: number, length: number): number;
  setNonblock(fd: number, flag: boolean): number;
  getNonblock(fd: number): number;
  /** sockatmark(3). */
  atMark(fd: number): number;
  setInheritable(fd: number, flag: boolean): number;
  getInheritable(fd: number): number;

  /** `onReady(count)` is called once a tick, with `count` rows in `ready`. */
  pollerStart(onReady: (count: number) => void): number;
  /** Rows of fd, generation, size, whether it is a Unix stream, whether the slot is in `asked`, the form of the read,
   *  how many wait for such a read, and how many are likely served at a time, one a slot: reads to make before `onReady`
   *  is called. `memories` has a place a slot, too. */
  pollerReads(rows: Uint8Array, memories: readonly (Uint8Array | null)[]): void;
  /** `writes`: told of room to write, too. */
  pollerAdd(fd: number, slot: number, generation: number, writes: boolean): number;
  pollerModify(
    fd: number,
    slot: number,
    generation: number,
    writes: boolean,
    again: boolean,
  ): number;
  pollerRemove(fd: number): number;
  pollerKeepAlive(flag: boolean): void;

  /** Packed rows. */
  getaddrinfo(
    host: string | null,
    service: string | null,
    family: number,
    type: number,
    proto: number,
    flags: number,
    done: Done,
  ): Answer;
  /** Two texts, each with a zero byte behind it: the host, the service. */
  getnameinfo(address: Uint8Array, flags: number, done: Done): Answer;
  /** Texts, each with a zero byte behind it: the name, its aliases, nothing, its addresses. */
  gethostbyname(name: string, done: Done): Answer;
  /** As `gethostbyname`; of four bytes or sixteen. */
  gethostbyaddr(address: Uint8Array, done: Done): Answer;

  /** The index, or a negative errno. */
  ifNametoindex(name: string): number;
  /** The name, or a negative errno. */
  ifIndextoname(index: number): string | number;
  ifNameindex(): [index: number, name: string][] | number;

  /** `null`: the text is no address. */
  inetPton(family: number, text: string): ArrayBuffer | null | number;
  inetAton(text: string): ArrayBuffer | null | number;
  inetNtop(family: number, bytes: Uint8Array): string | number;
  sethostname(name: string): number;
  getservbyname(name: string, protocol: string | null): number;
  getservbyport(port: number, protocol: string | null): string | number;
  getprotobyname(name: string): number;
}

export const native = addon as Native;

/** What `make` gives, once an environment, also where both the ES modules and the CommonJS build
 *  are loaded: they share the native module, and with it whatever it was told. */
export function onlyOne<T>(name: string, make: () => T): T {
  const { singletons = new Map<string, unknown>() } = native;
  Object.assign(native, { singletons });
  if (!singletons.has(name)) singletons.set(name, make());
  return singletons.get(name) as T;
}

/* The offsets of bk_shared in native/bind/bind.h. */
const HEADER_INTS = 17;
export const ADDRESS_BYTES = 128;
const words = new Int32Array(native.shared);

/** Indices into `words`. */
export const ADDRESS_LENGTH = 0;
export const WAITING = 1;
export const KEPT = 2;
export const POOLED = 3;
export const VALUES = 4;
export const ONLY_WANTED = 7;
export const PUT_OFF_COUNT = 8;
export const PUTS_OFF = 9;
export const SENT = 10;
export const ASKED_COUNT = 11;
export const ROUND = 12;
export const TURN_OVER = 13;
const RING_FORBIDDEN = 14;
export const PACE = 15;
export const POOL = 16;

// The name that Node and libuv have for it.
words[RING_FORBIDDEN] = Number(process.env.UV_USE_IO_URING === "0");

export { words };
/** The address that the last call gave: `words[ADDRESS_LENGTH]` bytes of it. */
export const sharedAddress = Buffer.from(native.shared, HEADER_INTS * 4, ADDRESS_BYTES);
/** So many events a tick can have. */
export const READY_MAX = 256;
export const READY_INTS = 3;
const READY_OFFSET = HEADER_INTS * 4 + ADDRESS_BYTES;
/** Rows of slot, generation, events. */
export const ready = new Int32Array(native.shared, READY_OFFSET, READY_MAX * READY_INTS);

/** The forms of a read that is made ahead: recv(2), the same into the slot's place in `memories`, recvfrom(2). */
export const BY_RECV = 0;
export const BY_RECV_INTO = 1;
export const BY_RECVFROM = 2;
export type ReadForm = typeof BY_RECV | typeof BY_RECV_INTO | typeof BY_RECVFROM;

/** In place of a result: there was no read for that row of `ready`. */
export const NOT_READ = -(2 ** 31);
export const READ_INTS = 4;
const READS_OFFSET = READY_OFFSET + READY_MAX * READY_INTS * 4;
/** What was read for each row of `ready`: the result, what `words[POOLED]` and `words[VALUES]` are
 *  of a call (by recvfrom, the row of `datagrams` that has the address), and in which of the tick's pools it lies. */
export const reads = new Int32Array(native.shared, READS_OFFSET, READY_MAX * READ_INTS);

const DATAGRAMS_OFFSET = READS_OFFSET + READY_MAX * READ_INTS * 4;
/** As many datagrams as one call of recvmmsg or sendmmsg moves: SK_BATCH_MAX. */
export const BATCH_MAX = 64;
/** sk_datagram: five ints, and an address. */
export const DATAGRAM_INTS = 5 + ADDRESS_BYTES / 4;
export const DATAGRAM_LENGTH = 0;
export const DATAGRAM_OFFSET = 1;
export const DATAGRAM_FLAGS = 2;
export const DATAGRAM_ADDRESS_LENGTH = 3;
export const DATAGRAM_CONTROL_LENGTH = 4;
export const DATAGRAM_ADDRESS = 5;
/** In place of a length, of a row that is sent: as the row before it. */
export const SAME = -1;
/** The rows of the batch that was received last, or is sent next. */
export const datagrams = new Int32Array(native.shared, DATAGRAMS_OFFSET, BATCH_MAX * DATAGRAM_INTS);
/** The address of each row. */
export const datagramAddresses: readonly Buffer[] = Array.from({ length: BATCH_MAX }, (_, row) =>
  Buffer.from(
    native.shared,
    DATAGRAMS_OFFSET + (row * DATAGRAM_INTS + DATAGRAM_ADDRESS) * 4,
    ADDRESS_BYTES,
  ),
);

const SENDS_OFFSET = DATAGRAMS_OFFSET + BATCH_MAX * DATAGRAM_INTS * 4;
/** So many sends can be put off at a time: BK_SENDS_MAX. */
export const SENDS_MAX = 64;
/** bk_send: fd, place in the outbox's memory, length, flags, what it is to the row before it, length of the address
 *  behind the bytes, whether the bytes are borrowed, the result, which is NOT_SENT behind one that was cut short, or
 *  where they are gone, and whether the kernel has told nobody of an error before it. */
export const SEND_INTS = 9;
export const NOT_SENT = -(2 ** 31);
/** What a row is to the one before it: no more than another's; maybe one call with it; or the next message of the same
 *  descriptor. */
export const APART = 0;
export const JOINS = 1;
export const NEXT = 2;
export const sends = new Int32Array(native.shared, SENDS_OFFSET, SENDS_MAX * SEND_INTS);

const ASKED_OFFSET = SENDS_OFFSET + SENDS_MAX * SEND_INTS * 4;
/** Slots whose read is put off to the end of the tick, the first `words[ASKED_COUNT]`. */
export const asked = new Int32Array(native.shared, ASKED_OFFSET, READY_MAX);
