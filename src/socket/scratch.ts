/** Where reads land: one buffer per environment, the scratch, since at most one read is under way in it at
 * any moment. What was read leaves as a copy in the pool, or, where it is large, takes the buffer along.
 * (Where a read was a kilobyte or more lately, the poller reads into the pool directly: decision 021.) */
import { Slice } from "../memory.js";
import { native, onlyOne, POOL, POOLED, words } from "../native.js";

export const SCRATCH_SIZE = 64 * 1024;
/** Small reads are slices of one pool, as Node's own small Buffers are: keeping one of them keeps all 64 KiB. */
const POOL_SIZE = 64 * 1024;
/** For less than this Buffer.from uses Node's own pool. */
const OWN_SIZE = 4096;
const NO_SCRATCH = Buffer.alloc(0);

/** Memory for reads, which callers get to keep. It is not filled with zeros, which would take longer than all
 *  the rest: nobody is given more than was read. */
export function newMemory(size: number): Buffer<ArrayBuffer> {
  const memory = Buffer.allocUnsafeSlow(size);
  native.keepHeapTop(memory);
  return memory;
}

/** Keeps whoever holds a slice of `memory` from sending it to another thread, and all other slices with it:
 * Node throws a DataCloneError then, as it does for the pool of its own Buffers. The module is asked for
 * late, since that loads it. Where a runtime lacks the function, memory that was sent away is still known by
 * its length, which is 0. */
export function keepInThread(memory: ArrayBufferLike): void {
  try {
    process.getBuiltinModule?.("node:worker_threads").markAsUntransferable(memory);
  } catch {
    // Deno has the function, and it throws.
  }
}

/** The two buffers that the native side writes to. */
class Landing {
  scratch = this.newScratch();
  /** The pool; none before the first small read. */
  memory: ArrayBufferLike = new ArrayBuffer(0);
  /** The pool that was in use at the end of the last tick that read anything, and those that have followed it. */
  pools: ArrayBufferLike[] = [this.memory];

  constructor() {
    native.onPoolFull((isInTick) => this.newPool(isInTick));
  }

  newScratch(): Buffer {
    return this.#use(newMemory(SCRATCH_SIZE));
  }

  #use(scratch: Buffer): Buffer {
    this.scratch = scratch;
    native.useScratch(scratch);
    return scratch;
  }

  /** The scratch belongs to the caller who read into it. Where there is no memory for another, it is the next
   *  read that fails: this one has its bytes. */
  leaveScratch(): void {
    try {
      this.newScratch();
    } catch {
      this.#use(NO_SCRATCH);
    }
  }

  newPool(isInTick: boolean): void {
    this.memory = newMemory(POOL_SIZE).buffer;
    if (!isInTick) this.pools = [];
    this.pools.push(this.memory);
    words[POOL] = this.pools.length - 1;
    keepInThread(this.memory);
    native.usePool(new Uint8Array(this.memory));
  }
}

const landing = onlyOne("landing", () => new Landing());

/** Whether a read of `size` bytes fits; a larger one brings memory of its own. */
export function fitsScratch(size: number): boolean {
  return size <= SCRATCH_SIZE;
}

/** As `fitsScratch`, right before the read is made: renews a scratch that is missing, and a pool that a
 *  program has transferred away, which the native side must not write to. (Up to Node 23 ArrayBuffer's own
 *  `transfer` takes memory that is marked, too.) */
export function landsInScratch(size: number): boolean {
  if (landing.memory.byteLength === 0) landing.newPool(false);
  if (landing.scratch.length === 0) landing.newScratch();
  return size <= SCRATCH_SIZE;
}

/** Has `takeRead` take from the pool that has this number in the tick. */
export function selectPool(number: number): void {
  landing.memory = landing.pools[number] as ArrayBufferLike;
}

/** All that a tick has read has been taken: only its last pool stays in use. */
export function endPools(): void {
  if (landing.pools.length > 1) landing.pools = landing.pools.slice(-1);
  words[POOL] = 0;
  selectPool(0);
}

/** What the last `recv` or `recvfrom` of the native side has read; valid until the next. */
export function lastRead(length: number): Buffer {
  const at = words[POOLED] as number;
  return at >= 0 ? new Slice(landing.memory, at, length) : landing.scratch.subarray(0, length);
}

/** The same, for the caller to keep. */
export function takeRead(length: number): Buffer {
  if ((words[POOLED] as number) >= 0) return lastRead(length);
  if (length === 0) return Buffer.alloc(0);
  const taken = lastRead(length);
  landing.leaveScratch();
  return taken;
}

/** The first `length` bytes of `own`. They are copied if most of the memory would be kept for nothing, and if
 *  there is memory for a copy. */
export function trim(own: Uint8Array, length: number): Buffer {
  const part = Buffer.from(own.buffer, own.byteOffset, length);
  if (length > own.length / 2) return part;
  try {
    if (length < OWN_SIZE) return Buffer.from(part);
    const copy = newMemory(length);
    copy.set(part);
    return copy;
  } catch {
    return part;
  }
}
