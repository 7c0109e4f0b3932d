/** Which descriptors the kernel's poller watches, and what is run when one is ready.
 *
 * A descriptor is registered once, edge-triggered, when it first has to wait (one of Unix messages may become
 * level-triggered later: `setLevelTriggered`). It gets a slot and a generation, which each of its events carries.
 * When the generation of an event is not that of its slot, the descriptor is gone, and the event is dropped,
 * whatever has the number or the slot by then. */
import * as os from "node:os";
import { SocketError } from "../errors.js";
import {
  BY_RECV,
  KEPT,
  NOT_READ,
  native,
  onlyOne,
  READY_INTS,
  type ReadForm,
  ROUND,
  ready,
  TURN_OVER,
  WAITING,
  words,
} from "../native.js";
import type { Descriptor } from "./descriptor.js";
import type { Looks } from "./looks.js";
import { outbox } from "./outbox.js";
import { ReadAhead } from "./read-ahead.js";
import { type Direction, WRITE } from "./request.js";
import { beginTurn, isNearlyOver } from "./turn.js";

const { EBADF, EEXIST, ENOSYS } = os.constants.errno;
const GENERATION_MASK = 0x7fffffff;

class Poller {
  readonly #slots: (Descriptor | null)[] = [];
  readonly #generations: number[] = [];
  /** By slot: whether room to write is an event, too. */
  readonly #writes: boolean[] = [];
  readonly #free: number[] = [];
  /** By number: the descriptor that was registered first. Others with the same number share its slot. */
  readonly #byFd: (Descriptor | undefined)[] = [];
  readonly #readAhead = new ReadAhead();
  /** By number: descriptors with a call that waits for something other than the kernel, registered or not. */
  readonly #waitingElsewhere = new Map<number, Set<Descriptor>>();
  /** How many rows the last tick had. */
  rowCount = 0;
  #generation = 0;
  #inTick = false;
  isStarted = false;

  /** Started when the first call waits: a program that never waits has no poller. */
  #start(): number {
    // Bun has uv_poll_init, but it aborts the process.
    if (process.versions.bun !== undefined) return -ENOSYS;
    const rc = native.pollerStart((count) => this.#tick(count));
    if (rc === 0) outbox.start();
    return rc;
  }

  #tick(count: number): void {
    this.#inTick = true;
    this.rowCount = count;
    if (words[ROUND] === 0) beginTurn();
    outbox.tell();
    if (isNearlyOver()) words[TURN_OVER] = 1;
    // First of all, take what was read: the next read reuses the memory that it lies in.
    for (let row = 0; row < count; row++) {
      const rc = this.#readAhead.result(row);
      if (rc === NOT_READ) continue;
      const at = row * READY_INTS;
      const descriptor = this.#slots[ready[at] as number] as Descriptor;
      this.#readAhead.take(row, rc, descriptor, ready[at + 2] as number);
    }
    this.#readAhead.endTaking();
    for (let row = 0; row < count; row++) {
      const rc = this.#readAhead.result(row);
      if (rc >= 0) this.#readAhead.deliver(row);
      const at = row * READY_INTS;
      const slot = ready[at] as number;
      const events = ready[at + 2] as number;
      if (events === 0) continue; // not the last row of this descriptor
      if (this.#generations[slot] !== ready[at + 1]) continue;
      let descriptor = this.#slots[slot] ?? null;
      // Usually nobody waits for anything but what was read.
      if (rc >= 0 && descriptor?.isWaitedFor === false && descriptor.nextSharing === null) continue;
      while (descriptor !== null) {
        const next: Descriptor | null = descriptor.nextSharing;
        descriptor.onEvents(events, rc);
        descriptor = next;
      }
    }
    this.#inTick = false;
  }

  /** Has the poller read `size` bytes for the first reader of `descriptor`, before it reports an event; 0:
   *  nobody waits for a read that the poller can make. */
  readAhead(
    descriptor: Descriptor,
    size: number,
    form: ReadForm = BY_RECV,
    memory: Uint8Array | null = null,
  ): void {
    if (this.#isOnlyOne(descriptor)) this.#readAhead.want(descriptor.slot, size, form, memory);
  }

  /** Whether `descriptor` has its slot to itself. Where several share one, each makes its own calls. */
  #isOnlyOne(descriptor: Descriptor): boolean {
    const { slot, nextSharing } = descriptor;
    return slot >= 0 && nextSharing === null && this.#slots[slot] === descriptor;
  }

  /** Says how many calls wait by now for the read that `readAhead` announced. That means one, until this is
   *  called. */
  setWaiting({ slot }: Descriptor, waiting: number): void {
    if (slot >= 0) this.#readAhead.setWaiting(slot, waiting);
  }

  /** Puts the read that `descriptor` waits for off to the end of the tick; false: it has to be made now. */
  putOffRead({ slot, nextSharing }: Descriptor): boolean {
    return slot >= 0 && nextSharing === null && this.#readAhead.putOff(slot);
  }

  /** Leaves the read that `descriptor` waits for to the loop's next turn, by having the kernel report once
   *  more what is ready. false: it cannot. */
  leaveRead(descriptor: Descriptor): boolean {
    if (descriptor.slot < 0 || this.#tellAnew(descriptor, false) < 0) return false;
    words[TURN_OVER] = 1;
    return true;
  }

  /** Watches `descriptor` from now on, for a call of that direction; returns 0 or a negative errno. */
  watch(descriptor: Descriptor, direction: Direction): number {
    const writes = direction === WRITE;
    if (descriptor.slot >= 0) return writes ? this.#watchWrites(descriptor) : 0;
    if (!this.isStarted) {
      const rc = this.#start();
      if (rc < 0) return rc;
      this.isStarted = true;
    }
    const { fd } = descriptor;
    const slot = this.#free.pop() ?? this.#slots.length;
    const generation = this.#generation++ & GENERATION_MASK;
    let rc = native.pollerAdd(fd, slot, generation, writes);
    if (rc === -EEXIST) {
      const first = this.#byFd[fd];
      if (first !== undefined && first.fd === fd && first.slot >= 0) {
        this.#free.push(slot);
        this.#share(first, descriptor);
        // What was ready before is news to the newcomer: the kernel reports it once more.
        return this.#tellAnew(descriptor, writes);
      }
      rc = native.pollerModify(fd, slot, generation, writes, false);
    }
    if (rc < 0) {
      this.#free.push(slot);
      return rc;
    }
    this.#slots[slot] = descriptor;
    this.#generations[slot] = generation;
    this.#writes[slot] = writes;
    this.#byFd[fd] = descriptor;
    this.#readAhead.place(slot, descriptor, generation);
    descriptor.slot = slot;
    return 0;
  }

  /** Room to write is an event only once a call has waited for it: a Unix or UDP socket has such an event for
   *  each message that a peer takes. */
  #watchWrites(descriptor: Descriptor): number {
    return this.#writes[descriptor.slot] === true ? 0 : this.#tellAnew(descriptor, true);
  }

  /** Has the kernel report once more all that is ready now: changing a registration does that. */
  #tellAnew({ fd, slot }: Descriptor, writes: boolean): number {
    const first = this.#slots[slot] as Descriptor;
    // The number was closed behind our back, and is somebody else's by now.
    if (this.#byFd[fd] !== first) return -EBADF;
    const isWriting = writes || this.#writes[slot] === true;
    // Usually there is room to write, which would be reported over and over.
    const { looks } = first;
    if (looks !== null) looks.isLevelTriggered &&= !isWriting && this.#isOnlyOne(first);
    const generation = this.#generations[slot] as number;
    const isLevelTriggered = looks?.isLevelTriggered === true;
    const rc = native.pollerModify(fd, slot, generation, isWriting, isLevelTriggered);
    if (rc === 0) this.#writes[slot] = isWriting;
    return rc;
  }

  /** Makes `descriptor` level-triggered (`isOn`), or edge-triggered again. */
  setLevelTriggered(descriptor: Descriptor, looks: Looks, isOn: boolean): void {
    if (!this.#isOnlyOne(descriptor)) return;
    looks.isLevelTriggered = isOn;
    if (this.#tellAnew(descriptor, false) < 0) looks.isLevelTriggered = false;
  }

  /** Two objects hold one descriptor, which the kernel registers once: they share the slot. */
  #share(first: Descriptor, descriptor: Descriptor): void {
    descriptor.slot = first.slot;
    descriptor.nextSharing = first.nextSharing;
    first.nextSharing = descriptor;
    this.#readAhead.want(first.slot, 0, BY_RECV, null);
  }

  /** Stops watching `descriptor`. Others with the same number are still watched. */
  leave(descriptor: Descriptor): void {
    const { slot, fd, nextSharing } = descriptor;
    if (slot < 0) return;
    const first = this.#slots[slot] as Descriptor;
    descriptor.slot = -1;
    descriptor.nextSharing = null;
    if (first !== descriptor) {
      let before = first;
      while (before.nextSharing !== descriptor) before = before.nextSharing as Descriptor;
      before.nextSharing = nextSharing;
    } else if (nextSharing !== null) {
      this.#slots[slot] = nextSharing;
      if (this.#byFd[fd] === descriptor) this.#byFd[fd] = nextSharing;
    } else {
      // A number that was closed behind our back may be somebody else's registration by now.
      if (this.#byFd[fd] === descriptor) native.pollerRemove(fd);
      this.#release(descriptor, slot, fd);
    }
  }

  #release(first: Descriptor, slot: number, fd: number): void {
    if (first.looks !== null) first.looks.isLevelTriggered = false;
    this.#slots[slot] = null;
    this.#generations[slot] = -1;
    this.#readAhead.want(slot, 0, BY_RECV, null);
    this.#free.push(slot);
    if (this.#byFd[fd] === first) this.#byFd[fd] = undefined;
  }

  /** Notes that `descriptor` waits for something other than the kernel, until the function that it returns is
   *  called. */
  waitElsewhere(descriptor: Descriptor): () => void {
    const { fd } = descriptor;
    const ofNumber = this.#waitingElsewhere.get(fd) ?? new Set();
    this.#waitingElsewhere.set(fd, ofNumber.add(descriptor));
    return () => {
      ofNumber.delete(descriptor);
      if (ofNumber.size === 0) this.#waitingElsewhere.delete(fd);
    };
  }

  /** The number is about to be closed: ends the calls of all descriptors that have it. */
  dismiss(fd: number): void {
    for (const waiting of this.#waitingElsewhere.get(fd) ?? []) {
      if (waiting.fd === fd) waiting.onClosed(false);
    }
    let descriptor: Descriptor | null = this.#byFd[fd] ?? null;
    if (descriptor === null) return;
    native.pollerRemove(fd);
    this.#release(descriptor, descriptor.slot, fd);
    while (descriptor !== null) {
      const next: Descriptor | null = descriptor.nextSharing;
      descriptor.slot = -1;
      descriptor.nextSharing = null;
      descriptor.onClosed(false);
      descriptor = next;
    }
  }

  /** Retries the calls that wait for room on the number of `descriptor`, whichever object they wait on. */
  retryWriters({ fd }: Descriptor): void {
    let descriptor = this.#byFd[fd] ?? null;
    while (descriptor !== null) {
      const next: Descriptor | null = descriptor.nextSharing;
      descriptor.retry(WRITE);
      descriptor = next;
    }
  }

  /** A call waits, which keeps the process alive. */
  addWaiting(): void {
    words[WAITING] = (words[WAITING] as number) + 1;
    if (words[KEPT] === 0) native.pollerKeepAlive(true);
  }

  /** A call no longer waits. In a tick the native side checks that once, after all that the tick runs. */
  removeWaiting(): void {
    words[WAITING] = (words[WAITING] as number) - 1;
    if (words[WAITING] === 0 && !this.#inTick) native.pollerKeepAlive(false);
  }
}

export const poller = onlyOne("poller", () => new Poller());

/** The error of a call whose descriptor cannot be watched. */
export function watchError(rc: number): SocketError {
  // libuv refuses a number that it has still, where it was closed behind its back.
  const start = rc === -EEXIST ? "uv_poll_init" : "epoll_create1";
  const error = new SocketError(rc, poller.isStarted ? "epoll_ctl" : start);
  if (rc !== -ENOSYS) return error;
  error.message += ": this runtime has no uv_poll_t to wait with; use berkeley/sync";
  return error;
}
