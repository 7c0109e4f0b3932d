/** What the two public faces differ in: how a call waits, and what it gives while it does. */

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

/** `[a, b]` cut short by one, by two, … with the options behind what is left; `undefined`, where a
 *  function hands on options that it was not given. */
type Given<A extends unknown[]> = A extends [...infer I, unknown]
  ? [...I, options: WaitOptions | undefined] | Given<I>
  : never;

/** Each may be `undefined`, too, which is as good as left out. */
type Omissible<A extends unknown[]> = { [I in keyof A]: A[I] | undefined };

/** The arguments that may be left out; in `berkeley` the options stand behind the last one given. */
export type Rest<M extends Mode, A extends unknown[] = []> = M extends "async"
  ? [...Omissible<A>, options?: WaitOptions | undefined] | Given<Omissible<Required<A>>>
  : Omissible<A>;

/** The public socket of a face. */
export type SocketOf<M extends Mode, F extends Family> = M extends "async"
  ? AsyncSocket<F>
  : SyncSocket<F>;

/** A descriptor that the caller has just made: of the right mode, and owned already. */
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
  /** MSG_DONTWAIT where no call may ever hold its thread, else 0. O_NONBLOCK alone would not do: it is
   *  of the open socket, and a child that has it as its standard input, say, may clear it. */
  readonly nowait: number;
  /** Whether descriptors are O_NONBLOCK in the kernel, with this timeout. */
  nonblock(timeout: number | null): boolean;
  /** A descriptor of the right mode, and owned already, as a public socket. */
  adopt(fd: number, kind: Kind): object;
  /** Runs a call to its end, or to the Promise of it. */
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
  /** A send that was put off, or waits, has been made by way of the outbox and gave `rc`. `isJoined`: most likely by the
   *  call of the one before it. */
  onSent(request: Request, rc: number, isJoined: boolean): void;
  /** Makes a look-up to its end, or to the Promise of it. */
  lookUp<T>(ask: Ask, read: Read<T>, signal: AbortSignal | null): W<Mode, T>;
  /** Takes the options from behind the last argument that is given. */
  splitOptions(call: string, args: unknown[]): [given: unknown[], signal: AbortSignal | null];
  /** Runs steps that wait for calls (`yield`) to their end, or to the Promise of it. */
  drive<T>(steps: Steps<T>): W<Mode, T>;
}

/** What takes several calls, written once: each `yield` gives what the call came to. */
export type Steps<T> = Generator<unknown, T, unknown>;

/** Until its public module is loaded, a face can make no socket. */
export function unmade(): never {
  throw new Error("berkeley: a socket was made before its module was loaded");
}
