/** accept4(2), by itself and as the iteration of a listener makes it. */
import * as os from "node:os";
import { decodeShared } from "../../address/index.js";
import {
  AF_ALG,
  AF_LLC,
  AF_X25,
  EPOLLIN,
  SO_ACCEPTCONN,
  SOL_SOCKET,
} from "../../constants.generated.js";
import { native, VALUES, words } from "../../native.js";
import { ensureNonblock } from "../nonblock.js";
import { backOff, type Call, LATER, READ, type Request } from "../request.js";

const { EAGAIN, ECONNABORTED, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM } = os.constants.errno;
const { EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENOPROTOOPT, EPROTO } = os.constants.errno;

/** The connection, and the peer's address. */
type Accepted = [socket: object, address: unknown];

/** In these families accept(2) waits for a connection even with O_NONBLOCK set. */
const ALWAYS_WAITS: ReadonlySet<number> = new Set([AF_LLC, AF_X25]);

/** Whether the socket listens, and no connection has come. */
function isIdle(fd: number): boolean {
  const listens = native.getsockoptInt(fd, SOL_SOCKET, SO_ACCEPTCONN) >= 0 && words[VALUES] !== 0;
  return listens && native.poll(fd, EPOLLIN, 0) === 0;
}

function attempt(fd: number, request: Request): number {
  const { descriptor } = request;
  const { face, family } = descriptor;
  const nonblock = face.nonblock(face.defaultTimeout);
  ensureNonblock(descriptor);
  const isHeld = ALWAYS_WAITS.has(family) && isIdle(fd);
  const rc = isHeld ? -EAGAIN : native.accept(fd, nonblock, family !== AF_ALG);
  if (rc >= 0 || rc === -EAGAIN) descriptor.listens = true;
  return rc;
}

export const ACCEPT = {
  syscall: "accept",
  direction: READ,
  accepts: true,
  isEager: () => true, // on a socket that does not listen it fails at once
  prepare: () => undefined,
  attempt,
  ended: -EINVAL,
  result(fd, request) {
    const address = decodeShared(request.descriptor.proto);
    return [request.descriptor.adopt(fd), address];
  },
} satisfies Call<Accepted>;

const OUT_OF_RESOURCES: ReadonlySet<number> = new Set([-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM]);
/** The peer has gone before it was accepted, or there is no way to it any more (accept(2) passes on errors of
 *  the network, which are the connection's); the next connection may be there. */
const PEER_GONE: ReadonlySet<number> = new Set(
  [ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT].map((errno) => -errno),
);
const BACKOFF_FIRST_MS = 5;
const BACKOFF_MAX_MS = 1000;

const warned = new WeakSet<object>();

function warn(request: Request, rc: number): void {
  if (warned.has(request.owner)) return;
  warned.add(request.owner);
  const code = rc === -EMFILE ? "EMFILE" : rc === -ENFILE ? "ENFILE" : "out of memory";
  const advice = rc === -EMFILE ? " (raise `ulimit -n` for more)" : "";
  process.emitWarning(`accept: ${code}; the listener goes on when there is room${advice}`, {
    code: "BERKELEY_ACCEPT",
  });
}

function outlives(rc: number, request: Request): boolean {
  if (!OUT_OF_RESOURCES.has(rc)) return false;
  warn(request, rc);
  backOff(request, BACKOFF_FIRST_MS, BACKOFF_MAX_MS);
  return true;
}

/** For a loop over a listener: it survives a peer that has gone, and where descriptors have run out it waits
 *  for some to come back, longer each time. Closing the listener ends it. */
export const ACCEPT_NEXT: Call<IteratorResult<Accepted>> = {
  ...ACCEPT,
  attempt(fd, request) {
    let rc = attempt(fd, request);
    while (PEER_GONE.has(rc)) rc = attempt(fd, request);
    return outlives(rc, request) ? LATER : rc;
  },
  outlives,
  result: (fd, request) => ({ done: false, value: ACCEPT.result(fd, request) }),
  closed: () => ({ done: true, value: undefined }),
};
