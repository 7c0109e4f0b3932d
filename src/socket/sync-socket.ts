/** `berkeley/sync`'s Socket, and its module functions. */
import type { AddressOf, Family } from "../address/types.js";
import type { SocketOptions } from "./core.js";
import { Fresh } from "./face.js";
import { type FdFunctions, fdFunctions } from "./fds.js";
import { type Functions, makeFunctions } from "./functions.js";
import { MessageSocket } from "./message-socket.js";
import { syncFace } from "./sync.js";

/** A socket whose calls block the calling thread, as Python's do. */
export class Socket<out F extends Family = Family> extends MessageSocket<F, "sync"> {
  /** The same as `socket()`. */
  constructor(family?: F, type?: number, proto?: number, options?: SocketOptions);
  /** @internal */
  constructor(family: F, type: number, proto: number, fresh: Fresh);
  constructor(family?: F, type?: number, proto?: number, options?: SocketOptions | Fresh) {
    super(syncFace, family, type, proto, options);
  }

  /** What `accept` returns, one connection after another, until the listener is closed. */
  *[Symbol.iterator](): IterableIterator<[Socket<F>, AddressOf<F>]> {
    while (!this.isClosed) yield this.acceptNext().value;
  }
}

syncFace.adopt = (fd, kind) => new Socket(kind.family, kind.type, kind.proto, new Fresh(fd, kind));

// Each by itself, and typed by name, so that the declarations keep the docstrings of the interfaces.
const functions: Functions<"sync"> = makeFunctions<"sync">(syncFace, Socket);
/** @function */
export const socket: Functions<"sync">["socket"] = functions.socket;
/** @function */
export const socketpair: Functions<"sync">["socketpair"] = functions.socketpair;
/** @function */
export const fromfd: Functions<"sync">["fromfd"] = functions.fromfd;
/** @function */
export const createConnection: Functions<"sync">["createConnection"] = functions.createConnection;
/** @function */
export const createServer: Functions<"sync">["createServer"] = functions.createServer;
/** @function */
export const hasDualstackIPv6: Functions<"sync">["hasDualstackIPv6"] = functions.hasDualstackIPv6;
/** @function */
export const getdefaulttimeout: Functions<"sync">["getdefaulttimeout"] =
  functions.getdefaulttimeout;
/** @function */
export const setdefaulttimeout: Functions<"sync">["setdefaulttimeout"] =
  functions.setdefaulttimeout;
/** @function */
export const close: Functions<"sync">["close"] = functions.close;
/** @function */
export const dup: Functions<"sync">["dup"] = functions.dup;

const fds: FdFunctions<"sync"> = fdFunctions<"sync">((error) => {
  throw error;
});
/** @function */
export const sendFds: FdFunctions<"sync">["sendFds"] = fds.sendFds;
/** @function */
export const recvFds: FdFunctions<"sync">["recvFds"] = fds.recvFds;
