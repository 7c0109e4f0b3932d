/** The native module's functions, typed, and the memory that it shares with this side.
 *
 * Unless noted otherwise, a function returns what the system call does, or the negative errno. Arguments have
 * been checked before; the module only checks their types once more. */
import addon from "../native/addon.cjs";

/** The outcome of a look-up: its bytes, or an EAI_* number with the errno in `values[0]`. */
export type Answer = ArrayBuffer | number;
/** Gets the answer, on the event loop. If it is `null` the look-up is made in place. */
type Done = ((answer: Answer) => void) | null;

export interface Native {
  readonly shared: ArrayBuffer;
  /** What exists once per environment; see `onlyOne`. */
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
  /** `owned`: closed with the environment, as the descriptors of sockets are. */
  dup(fd: number, owned: boolean): number;
  bind(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  /** The peer's address is left in `sharedAddress`, if the family's sockets have one (`named`). */
  accept(fd: number, nonblock: boolean, named: boolean): number;
  connect(fd: number, address: Uint8Array): number;
  shutdown(fd: number, how: number): number;
  /** The name is left in `sharedAddress`. */
  getsockname(fd: number): number;
  getpeername(fd: number): number;

  /** Keeps the highest such memory alive, so that the heap below it stays with the process (decision 021). */
  keepHeapTop(bytes: Uint8Array): void;
  useScratch(bytes: Uint8Array): void;
  usePool(bytes: Uint8Array): void;
  /** `give` is called when the pool is full, and has to call `usePool`. It is told whether that is in a tick,
   *  some of whose reads lie in the full one. */
  onPoolFull(give: (isInTick: boolean) => void): void;
  /** Reads into the scratch. If it is few bytes, they are copied on to the pool, to `words[POOLED]`. */
  recv(fd: number, size: number, flags: number): number;
  /** As `recv`, for a Unix stream. `values[0]` says whether it stopped at control messages, maybe with more
   *  data behind them. */
  recvUnix(fd: number, size: number, flags: number): number;
  recvInto(fd: number, bytes: Uint8Array, offset: number, size: number, flags: number): number;
  /** As `recv`; the sender is left in `sharedAddress`. */
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
  /** Receives at most `count` datagrams of `size` bytes into `memory` from `offset` on; each has `room` bytes
   *  of `control`. Returns how many came; `datagrams` has a row for each. */
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
  /** Sends `count` of `buffers`, from `start` on. The first rows of `datagrams` say where to, and how much of
   *  `control` belongs to each. */
  sendmmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    start: number,
    count: number,
    flags: number,
    control: Uint8Array | null,
  ): number;
  /** Where the bytes of sends that are put off lie: in `bytes`, or, if they are borrowed, in the memory that
   *  the send's row of `borrowed` has. */
  useOutbox(bytes: Uint8Array, borrowed: readonly (Uint8Array | null)[]): void;
  /** Makes the sends that are put off: the first `words[PUT_OFF_COUNT]` rows of `sends`. So does every other
   *  call that asks the kernel for something. From here on the time is measured that JavaScript takes for the
   *  next sends; `words[PACE]` is how many of them to make at a time. */
  emptyOutbox(): void;
  /** Opens the io_uring by which many calls of a tick are made in one. Otherwise it is opened once there are
   *  many. */
  openRing(): number;
  /** From `offset` of `file`, at most `count` bytes; 0 at its end. */
  sendfile(fd: number, file: number, offset: number, count: number): number;
  /** Blocks the thread until an event comes, or the time is over (0); -1 ms: no limit. */
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
  /** Sets the table of reads to make before `onReady` is called. It has a row per slot: fd, generation, size,
   *  whether it is a Unix stream, whether the slot is in `asked`, the form of the read, how many wait for
   *  such a read, and how many are likely served at a time. `memories` has an element per slot, too. */
  pollerReads(rows: Uint8Array, memories: readonly (Uint8Array | null)[]): void;
  /** `writes`: room to write is an event, too. */
  pollerAdd(fd: number, slot: number, generation: number, writes: boolean): number;
  pollerModify(
    fd: number,
    slot: number,
    generation: number,
    writes: boolean,
    levelTriggered: boolean,
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
  /** Two NUL-terminated texts: the host, the service. */
  getnameinfo(address: Uint8Array, flags: number, done: Done): Answer;
  /** NUL-terminated texts: the name, its aliases, an empty one, its addresses. */
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

/** What `make` returns, which is called once per environment: even if both the ES modules and the CommonJS
 *  build are loaded, since they share the native module, and with it whatever it has been given. */
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

// Node and libuv go by the same variable.
words[RING_FORBIDDEN] = Number(process.env.UV_USE_IO_URING === "0");

export { words };
/** The address that the last call left: `words[ADDRESS_LENGTH]` bytes of it. */
export const sharedAddress = Buffer.from(native.shared, HEADER_INTS * 4, ADDRESS_BYTES);
/** How many events a tick can have. */
export const READY_MAX = 256;
export const READY_INTS = 3;
const READY_OFFSET = HEADER_INTS * 4 + ADDRESS_BYTES;
/** Rows of slot, generation, events. */
export const ready = new Int32Array(native.shared, READY_OFFSET, READY_MAX * READY_INTS);

/** The ways to make a read ahead: recv(2), recv(2) into the slot's element of `memories`, recvfrom(2). */
export const BY_RECV = 0;
export const BY_RECV_INTO = 1;
export const BY_RECVFROM = 2;
export type ReadForm = typeof BY_RECV | typeof BY_RECV_INTO | typeof BY_RECVFROM;

/** In place of a result: there was no read for that row of `ready`. */
export const NOT_READ = -(2 ** 31);
export const READ_INTS = 4;
const READS_OFFSET = READY_OFFSET + READY_MAX * READY_INTS * 4;
/** The read that was made for each row of `ready`: its result; what a call would leave in `words[POOLED]` and
 *  `words[VALUES]` (for recvfrom the row of `datagrams` that has the address); and in which of the tick's
 *  pools it lies. */
export const reads = new Int32Array(native.shared, READS_OFFSET, READY_MAX * READ_INTS);

export const DATAGRAMS_OFFSET = READS_OFFSET + READY_MAX * READ_INTS * 4;
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
/** In place of a length, in a row to send: the same as in the row before it. */
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
/** How many sends can be put off at a time: BK_SENDS_MAX. */
export const SENDS_MAX = 64;
/** bk_send: fd; place in the outbox's memory; length; flags; relation to the row before it; length of the
 *  address, which follows the bytes; whether the bytes are borrowed; the result, which is NOT_SENT if the
 *  send comes after one that was cut short, or its bytes are gone; whether the kernel met an error before it
 *  that nobody was told of. */
export const SEND_INTS = 9;
export const NOT_SENT = -(2 ** 31);
/** The relation of a row to the one before it: none; may be one call with it; the next message of the same
 *  descriptor. */
export const APART = 0;
export const JOINS = 1;
export const NEXT = 2;
export const sends = new Int32Array(native.shared, SENDS_OFFSET, SENDS_MAX * SEND_INTS);

const ASKED_OFFSET = SENDS_OFFSET + SENDS_MAX * SEND_INTS * 4;
/** Slots whose read is put off to the end of the tick, the first `words[ASKED_COUNT]`. */
export const asked = new Int32Array(native.shared, ASKED_OFFSET, READY_MAX);
