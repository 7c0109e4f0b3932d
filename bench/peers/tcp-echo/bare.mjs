// What is left where a library makes each call at once and does nothing else: the native module, a
// Promise a read, and none of what makes it safe. No argument is checked, nothing can be aborted, time
// out or be closed meanwhile, each connection has one reader, and a send that is cut short ends the
// program. What berkeley's own bookkeeping costs, and what its put-off sends gain, shows beside it.
import { createRequire } from "node:module";
import { createServer, IPPROTO_TCP, TCP_NODELAY } from "berkeley";

const native = createRequire(import.meta.url)("../../../native/addon.cjs");

/* bk_shared of native/bind/bind.h */
const words = new Int32Array(native.shared);
const [WAITING, POOLED, POOL] = [1, 3, 16];
const READY = 17 + 128 / 4; // rows of slot, generation, events
const READS = READY + 256 * 3; // rows of result, place in the pool, one more, number of the pool
const NOT_READ = -(2 ** 31);
const [EAGAIN, EPOLLIN, MSG_DONTWAIT] = [-11, 1, 0x40];

const SIZE = 65536;
const Slice = Buffer[Symbol.species];
const scratch = Buffer.allocUnsafeSlow(SIZE);
native.useScratch(scratch);
/** The one in use, and those before it in a tick. */
let pools = [];
native.onPoolFull((isInTick) => {
  if (!isInTick) pools = [];
  else if (pools.length === 0) pools.push(null); // before the first one
  pools.push(Buffer.allocUnsafeSlow(SIZE).buffer);
  words[POOL] = pools.length - 1;
  native.usePool(new Uint8Array(pools.at(-1)));
});
const done = Promise.resolve();

/** fd, generation, size, no Unix stream, not put off, by recv(2), for one who waits, one at a time: a row a slot. */
const WANTED_INTS = 8;
let wanted = new Int32Array(0);
const conns = [];
const free = [];

function take(rc, at, pool) {
  return at >= 0 ? new Slice(pools[pool], at, rc) : Buffer.from(scratch.subarray(0, rc));
}

let reading = null;
const execute = (resolve) => {
  reading.resolve = resolve;
};

class Conn {
  constructor(fd) {
    this.fd = fd;
    this.slot = free.pop() ?? (conns.length || 1); // 0 is the listener's
    this.resolve = null;
    conns[this.slot] = this;
    if (conns.length * WANTED_INTS > wanted.length) {
      const grown = new Int32Array(conns.length * 2 * WANTED_INTS);
      grown.set(wanted);
      wanted = grown;
      native.pollerReads(new Uint8Array(wanted.buffer), []);
    }
    wanted.set([fd, 0, 0, 0, 0, 0, 1, 1], this.slot * WANTED_INTS);
    native.pollerAdd(fd, this.slot, 0, false);
  }

  recv() {
    wanted[this.slot * WANTED_INTS + 2] = SIZE;
    reading = this;
    return new Promise(execute);
  }

  sendall(data) {
    if (native.send(this.fd, data, 0, MSG_DONTWAIT) !== data.length) throw new Error("cut short");
    return done;
  }

  close() {
    native.pollerRemove(this.fd);
    native.close(this.fd);
    free.push(this.slot);
  }
}

const values = [];

function onReady(count) {
  for (let row = 0; row < count; row++) {
    const rc = words[READS + row * 4];
    values[row] = rc >= 0 ? take(rc, words[READS + row * 4 + 1], words[READS + row * 4 + 3]) : null;
  }
  pools = pools.slice(-1);
  words[POOL] = 0;
  for (let row = 0; row < count; row++) {
    const slot = words[READY + row * 3];
    if (slot === 0) acceptAll();
    else if (words[READY + row * 3 + 2] & EPOLLIN) deliver(conns[slot], row);
  }
}

function deliver(conn, row) {
  let value = values[row];
  if (value === null) {
    if (words[READS + row * 4] !== NOT_READ) return;
    const rc = native.recv(conn.fd, SIZE, MSG_DONTWAIT);
    if (rc === EAGAIN) return;
    value = take(Math.max(rc, 0), words[POOLED], pools.length - 1);
  }
  wanted[conn.slot * WANTED_INTS + 2] = 0;
  conn.resolve(value);
}

const listener = createServer(["127.0.0.1", 0]);
listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
globalThis.listener = listener; // never collected
console.log("ready", listener.getsockname()[1]);
native.pollerStart(onReady);
native.pollerAdd(listener.fileno(), 0, 0, false);
native.pollerKeepAlive(true);
words[WAITING] = 1;

function acceptAll() {
  for (;;) {
    const fd = native.accept(listener.fileno(), true, true);
    if (fd < 0) return;
    echo(new Conn(fd));
  }
}

async function echo(conn) {
  for (;;) {
    const data = await conn.recv();
    if (data.length === 0) break;
    await conn.sendall(data);
  }
  conn.close();
}
