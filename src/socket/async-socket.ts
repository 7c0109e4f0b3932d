/** `berkeley`'s Socket, and its module functions. */
import type { AddressOf, Family } from "../address/types.js";
import { asyncFace } from "./async.js";
import type { SocketOptions } from "./core.js";
import { Fresh } from "./face.js";
import { type FdFunctions, fdFunctions } from "./fds.js";
import { type Functions, makeFunctions } from "./functions.js";
import { MessageSocket } from "./message-socket.js";

/** A socket whose waiting calls return Promises, so that the event loop keeps running. */
export class Socket<out F extends Family = Family> extends MessageSocket<F, "async"> {
  /** The same as `socket()`. */
  constructor(family?: F, type?: number, proto?: number, options?: SocketOptions);
  /** @internal */
  constructor(family: F, type: number, proto: number, fresh: Fresh);
  constructor(family?: F, type?: number, proto?: number, options?: SocketOptions | Fresh) {
    super(asyncFace, family, type, proto, options);
  }

  /** What `accept` returns, one connection after another, until the listener is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[Socket<F>, AddressOf<F>]> {
    // No async generator: that puts three Promises between a connection and its handler.
    const iterator: AsyncIterableIterator<[Socket<F>, AddressOf<F>]> = {
      next: () => (this.isClosed ? ended() : this.acceptNext()),
      return: ended,
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}

function ended(): Promise<IteratorResult<never>> {
  return Promise.resolve({ done: true, value: undefined });
}

asyncFace.adopt = (fd, kind) => new Socket(kind.family, kind.type, kind.proto, new Fresh(fd, kind));

// Each by itself, and typed by name, so that the declarations keep the docstrings of the interfaces.
const functions: Functions<"async"> = makeFunctions<"async">(asyncFace, Socket);
/** @function */
export const socket: Functions<"async">["socket"] = functions.socket;
/** @function */
export const socketpair: Functions<"async">["socketpair"] = functions.socketpair;
/** @function */
export const fromfd: Functions<"async">["fromfd"] = functions.fromfd;
/** @function */
export const createConnection: Functions<"async">["createConnection"] = functions.createConnection;
/** @function */
export const createServer: Functions<"async">["createServer"] = functions.createServer;
/** @function */
export const hasDualstackIPv6: Functions<"async">["hasDualstackIPv6"] = functions.hasDualstackIPv6;
/** @function */
export const getdefaulttimeout: Functions<"async">["getdefaulttimeout"] =
  functions.getdefaulttimeout;
/** @function */
export const setdefaulttimeout: Functions<"async">["setdefaulttimeout"] =
  functions.setdefaulttimeout;
/** @function */
export const close: Functions<"async">["close"] = functions.close;
/** @function */
export const dup: Functions<"async">["dup"] = functions.dup;

const fds: FdFunctions<"async"> = fdFunctions<"async">((error) => Promise.reject(error));
/** @function */
export const sendFds: FdFunctions<"async">["sendFds"] = fds.sendFds;
/** @function */
export const recvFds: FdFunctions<"async">["recvFds"] = fds.recvFds;
