/** What the two faces (`berkeley`, `berkeley/sync`) differ in: how a call waits, and what it returns while it
 *  does. */

import type { Family } from "../address/types.js";
import type { Ask, Read } from "../resolve/look-up.js";
import type { Socket as AsyncSocket } from "./async-socket.js";
import type { Descriptor } from "./descriptor.js";
import type { Kind } from "./kind.js";
import type { Call, Request } from "./request.js";
import type { Socket as SyncSocket } from "./sync-socket.js";

export type Mode = "async" | "sync";

/** What a call that can wait returns. */
export type W<M extends Mode, T> = M extends "async" ? Promise<T> : T;

/** The last argument of a call of `berkeley` that can wait. */
export interface WaitOptions {
  /** Ends the wait: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** `[a, b]` cut short by one, by two, … with the options after what is left. They may be `undefined`, for a
 *  function that hands on options which it was not given itself. */
type Given<A extends unknown[]> = A extends [...infer I, unknown]
  ? [...I, options: WaitOptions | undefined] | Given<I>
  : never;

/** Each may also be `undefined`, which is the same as left out. */
type Omissible<A extends unknown[]> = { [I in keyof A]: A[I] | undefined };

/** The arguments that may be left out; in `berkeley` the options come after the last one given. */
export type Rest<M extends Mode, A extends unknown[] = []> = M extends "async"
  ? [...Omissible<A>, options?: WaitOptions | undefined] | Given<Omissible<Required<A>>>
  : Omissible<A>;

/** The public socket of a face. */
export type SocketOf<M extends Mode, F extends Family> = M extends "async"
  ? AsyncSocket<F>
  : SyncSocket<F>;

/** A descriptor that the caller has just made: in the right mode, and owned already. */
export class Fresh {
  constructor(
    readonly fd: number,
    readonly kind: Kind,
  ) {}
}

export interface Face {
  readonly mode: Mode;
  /** What sockets of this face start with; `setdefaulttimeout` sets it. */
  defaultTimeout: number | null;
  /** MSG_DONTWAIT if no call may ever hold its thread, else 0. O_NONBLOCK alone would not do: it belongs to
   *  the open socket, and a child that has that as its standard input, say, may clear it. */
  readonly nowait: number;
  /** Whether a socket with this timeout has O_NONBLOCK set in the kernel. */
  nonblock(timeout: number | null): boolean;
  /** Makes a public socket of a descriptor that is in the right mode, and owned already. */
  adopt(fd: number, kind: Kind): object;
  /** Runs a call to its end, or returns its Promise. */
  run<T>(
    call: Call<T>,
    descriptor: Descriptor,
    owner: object,
    a?: unknown,
    b?: unknown,
    c?: unknown,
    d?: unknown,
    e?: unknown,
  ): W<Mode, T>;
  /** The outbox has made a send that was put off, or that waits, and it gave `rc`. `isJoined`: most likely by
   *  the same call as the send before it. */
  onSent(request: Request, rc: number, isJoined: boolean): void;
  /** Runs a look-up to its end, or returns its Promise. */
  lookUp<T>(ask: Ask, read: Read<T>, signal: AbortSignal | null): W<Mode, T>;
  /** Splits the options off, which come after the last argument given. */
  splitOptions(call: string, args: unknown[]): [given: unknown[], signal: AbortSignal | null];
  /** Runs steps that wait for calls (`yield`) to their end, or returns the Promise of that. */
  drive<T>(steps: Steps<T>): W<Mode, T>;
}

/** Steps that take several calls, written once for both faces: each `yield` gives the result of a call. */
export type Steps<T> = Generator<unknown, T, unknown>;

/** Until its public module is loaded, a face can make no socket. */
export function unmade(): never {
  throw new Error("berkeley: a socket was made before its module was loaded");
}
