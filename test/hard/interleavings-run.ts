/** Runs a program of calls on pairs of sockets, none of which is awaited, and checks what becomes of each. */
import { closeSync } from "node:fs";
import {
  type Family,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  recvFds,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
  sendFds,
} from "berkeley";
import { turns } from "../support/process.js";
import {
  type Call,
  check,
  type End,
  endsByItself,
  type Flow,
  isOver,
  NEVER,
  pairEndedAt,
} from "./interleavings-model.js";
import { MOST, openPair, POOL, poolFd, pools } from "./interleavings-pairs.js";
import type {
  AbortedAt,
  At,
  Ending,
  PairOf,
  Program,
  Step,
  Transfer,
  Yielding,
} from "./interleavings-program.js";

/** After this many calls, steps that make many of them make one. */
const CALLS_MAX = 2000;
/** A call that takes longer than this never ends, on any machine. Once one has been found, less time will do. */
let hangsAfterMs = 30_000;
const HANGS_AGAIN_AFTER_MS = 2000;
const readAll = { form: "recv", size: 65_536, flags: 0, abort: null, times: 1, inTurn: false };

const PEEK_ALL = MSG_PEEK | MSG_WAITALL;
const flagNames = { MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL };

class Run {
  readonly #flows: [Flow, Flow][] = [];
  readonly #calls: Call[] = [];
  /** Numbers that `detach` has given. */
  readonly #numbers: number[] = [];
  readonly #aborting: Promise<void>[] = [];
  #shared = new AbortController();
  #used = 0;
  /** Counts everything that happens. */
  #now = 0;
  #last: Promise<unknown> = Promise.resolve();
  #failure: unknown = null;

  async open(pairs: readonly PairOf[]): Promise<void> {
    for (const [i, one] of pairs.entries()) {
      this.#flows.push(await openPair(one, `${one.kind}${i}`));
    }
  }

  async make(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.does === "yield") await this.#yield(step.how);
      else this.#make(step);
    }
  }

  #yield(how: Yielding): Promise<unknown> {
    if (how === "answer") return Promise.race([this.#last, turns(2)]);
    return later(how);
  }

  #make(step: Exclude<Step, { does: "yield" }>): void {
    if (step.does === "abort") {
      this.#shared.abort();
      this.#shared = new AbortController();
      return;
    }
    const { pair } = step;
    const all = this.#flows.keys();
    for (const i of pair === null ? all : [pair % this.#flows.length]) {
      const flows = this.#flows[i] as [Flow, Flow];
      const flow = flows[step.end];
      const object = step.object % flow.from.objects.length;
      if (step.does === "send") {
        const isMuch = step.form === "sendmmsg" || !isTold(flow);
        const times = isMuch ? Math.min(step.times, 20) : step.times;
        this.#repeat({ ...step, times }, () => this.#send(flow, object, step));
      } else if (step.does === "read") {
        this.#repeat(step, () => this.#read(flows[1 - step.end] as Flow, object, step));
      } else if (step.does === "end") this.#end(flow.from, object, step.how);
      else this.#settimeout(flow.from, object, step.seconds);
    }
  }

  #repeat({ times, inTurn }: Transfer, make: () => Promise<Call>): void {
    const count = this.#calls.length < CALLS_MAX ? times : 1;
    if (!inTurn) {
      for (let i = 0; i < count; i++) make();
      return;
    }
    const task = async () => {
      for (let i = 0; i < count; i++) await make();
    };
    task();
  }

  #settimeout({ objects }: End, object: number, seconds: number | null): void {
    ignoring(["EBADF"], () => objects[object]?.settimeout(seconds));
  }

  #end(end: End, object: number, how: Ending): void {
    if ((end.closedAt[object] as number) < NEVER) return;
    const at = this.#now++;
    const one = end.objects[object] as Socket<Family>;
    if (how === "close" || how === "detach" || how === "reset") {
      if (how === "reset") {
        end.isReset = true;
        const lingers = Buffer.from(new Int32Array([1, 0]).buffer);
        ignoring(["EBADF"], () => one.setsockopt(SOL_SOCKET, SO_LINGER, lingers));
      }
      for (const [i, other] of end.objects.entries()) {
        if (i !== object && !end.sharesNumber) continue;
        end.closedAt[i] = Math.min(at, end.closedAt[i] as number);
        // Who closes a number has to take it from the other object first.
        if (i !== object) other.detach();
      }
      const number = how === "detach" ? one.detach() : -1;
      if (number >= 0) this.#numbers.push(number);
      one.close();
      return;
    }
    if (how !== "shutWrite") end.readShutAt = Math.min(at, end.readShutAt);
    if (how !== "shutRead") end.writeShutAt = Math.min(at, end.writeShutAt);
    const direction = { shutRead: SHUT_RD, shutWrite: SHUT_WR, shutBoth: SHUT_RDWR }[how];
    ignoring(["EBADF", "ENOTCONN"], () => one.shutdown(direction));
  }

  /** Makes a call; `take` gets its result, and notes in the record of the call what it sent or got. */
  #call(
    calls: Call[],
    one: Socket<Family>,
    about: Pick<Call, "object" | "flags" | "given" | "size"> & { text: string },
    abort: AbortedAt,
    make: (options: { signal?: AbortSignal }) => Promise<unknown>,
    take: (value: unknown, call: Call) => void,
  ): Promise<Call> {
    const controller = abort === "shared" ? this.#shared : new AbortController();
    if (abort === "before") controller.abort();
    const signal = abort === null ? null : controller.signal;
    const call: Call = {
      ...about,
      text: `${about.text} ${abort === null ? "" : `aborted: ${abort} `}(call ${this.#calls.length})`,
      timeout: one.gettimeout(),
      signal,
      wasAborted: abort === "before",
      begunAt: this.#now++,
      endedAt: NEVER,
      tookMs: 0,
      count: 0,
      got: [],
      error: null,
    };
    calls.push(call);
    this.#calls.push(call);
    const begunMs = performance.now();
    const promise = make(signal === null ? {} : { signal });
    if (abort === "now") controller.abort();
    else if (abort !== null && abort !== "before" && abort !== "shared") {
      this.#aborting.push(later(abort).then(() => controller.abort()));
    }
    const over = (end: () => void) => {
      call.endedAt = this.#now++;
      call.tookMs = performance.now() - begunMs;
      try {
        end();
      } catch (error) {
        this.#failure ??= error;
      }
      return call;
    };
    const ended = promise.then(
      (value) => over(() => take(value, call)),
      (error) =>
        over(() => {
          call.error = error;
          call.count = error.bytesSent ?? 0;
        }),
    );
    this.#last = ended;
    return ended;
  }

  #send(flow: Flow, object: number, step: Transfer & { form: string }): Promise<Call> {
    const one = flow.from.objects[object] as Socket<Family>;
    const { address } = flow.to;
    const { isStream, isInternet } = flow;
    let { form, flags } = step;
    if (form === "sendfile" && !isStream) form = "sendall";
    if (form === "sendmmsg" && isStream) form = "sendmsg";
    if (form === "sendFds" && isInternet) form = "sendmsg";
    if (form === "sendfile") flags = 0;
    if (address !== null && (form === "send" || form === "sendall")) form = "sendto";
    const most = isStream ? MOST : flow.isSmall ? 2048 : 60_000;
    // On a connection an empty message would be its end, and in a stream it is nothing. Nor could anybody
    // tell which object sent it.
    const least = flow.isConnection || object > 0 ? 1 : 0;
    const size = Math.max(least, Math.min(sizeOf(step), most));
    let at = 0;
    const some = (): Buffer => {
      at = this.#used;
      this.#used = (this.#used + size) % (POOL - MOST);
      return (pools[object] as Buffer).subarray(at, at + size);
    };
    const given =
      form === "sendmmsg" ? Array.from({ length: isTold(flow) ? 20 : 4 }, some) : [some()];
    const [data] = given as [Buffer];
    const halves = [data.subarray(0, size >> 1), data.subarray(size >> 1)];
    // Calls that are aborted with the same reason cannot each record their own count on it.
    const tellsCount = form === "sendall" || form === "sendfile";
    const abort = step.abort === "shared" && tellsCount ? "now" : step.abort;
    if (form === "sendFds") flow.passesFds = true;
    return this.#call(
      flow.sends,
      one,
      { text: textOf(flow, object, form, size, flags), object, flags, given, size },
      abort,
      (options) => {
        if (form === "send") return one.send(data, flags, options);
        if (form === "sendall") return one.sendall(data, flags, options);
        if (form === "sendto") return one.sendto(data, flags, address as never, options);
        if (form === "sendmsg") return one.sendmsg(halves, null, flags, address, options);
        if (form === "sendFds") return sendFds(one, halves, [poolFd], flags, address, options);
        if (form === "sendfile") return one.sendfile(poolFd, object * POOL + at, size, options);
        const messages = given.map((contents) =>
          address === null ? contents : { contents, destination: address },
        );
        return one.sendmmsg(messages, flags, options);
      },
      (value, call) => {
        const isWhole = form === "sendall";
        call.count = isWhole ? size : (value as number);
        // A message goes whole.
        if (isStream || form === "sendmmsg") return;
        if (!isWhole && value !== size) throw new Error(`${call.text}: sent ${value} bytes`);
        call.count = 1;
      },
    );
  }

  #read(
    flow: Flow,
    object: number,
    step: Omit<Transfer, keyof At> & { form: string },
  ): Promise<Call> {
    const one = flow.to.objects[object] as Socket<Family>;
    const { isStream, isInternet } = flow;
    let { form, flags } = step;
    let size = Math.max(sizeOf(step), 1);
    if (form === "recvmmsg" && isStream) form = "recvmsg";
    if (form === "recvFds" && isInternet) form = "recvmsg";
    if (form === "recvmmsg") flags &= ~MSG_PEEK; // 20 times the same
    // The other object might read between its parts.
    if (flow.to.objects.length > 1 && (flags & MSG_PEEK) === 0) flags &= ~MSG_WAITALL;
    // A peek for more than there is room for would hold up everything else for ever.
    if ((flags & PEEK_ALL) === PEEK_ALL) size = Math.min(size, 7);
    const into = form.endsWith("Into") ? Buffer.alloc(size) : Buffer.alloc(0);
    const halves = [into.subarray(0, size >> 1), into.subarray(size >> 1)];
    return this.#call(
      flow.reads,
      one,
      { text: textOf(flow, object, form, size, flags), object, flags, given: [], size },
      step.abort,
      (options): Promise<unknown> => {
        if (form === "recv") return one.recv(size, flags, options);
        if (form === "recvInto") return one.recvInto(into, 0, flags, options);
        if (form === "recvfrom") return one.recvfrom(size, flags, options);
        if (form === "recvfromInto") return one.recvfromInto(into, 0, flags, options);
        if (form === "recvmsg") return one.recvmsg(size, 0, flags, options);
        if (form === "recvmsgInto") return one.recvmsgInto(halves, 0, flags, options);
        if (form === "recvFds") return recvFds(one, size, 2, flags, options);
        return one.recvmmsg(20, size, 0, flags, options);
      },
      (value, call) => {
        const first = Array.isArray(value) ? value[0] : value;
        if (form === "recvmmsg") call.got = (value as { data: Buffer }[]).map(({ data }) => data);
        else call.got = [typeof first === "number" ? into.subarray(0, first) : first];
        if (form === "recvFds") for (const fd of (value as [Buffer, number[]])[1]) closeSync(fd);
      },
    );
  }

  /** Waits until `isSo`. */
  async #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const hangsAtMs = performance.now() + hangsAfterMs;
    while (!(await isSo())) {
      if (this.#failure !== null) throw this.#failure;
      if (performance.now() > hangsAtMs) {
        hangsAfterMs = HANGS_AGAIN_AFTER_MS;
        const waiting = this.#calls.filter((call) => !isOver(call)).map(({ text }) => text);
        throw new Error(`never told: ${waiting.slice(0, 5).join("; ")}`);
      }
      await later("timer");
    }
  }

  /** Lets every call end that can, and checks what has become of all of them. */
  async end(): Promise<void> {
    for (const number of this.#numbers.splice(0)) closeSync(number);
    while (this.#aborting.length > 0) await this.#aborting.pop();
    const flows = this.#flows.flat();
    await turns(2);
    await this.#until(() =>
      flows.every((flow) =>
        [...flow.sends, ...flow.reads].every((call) => isOver(call) || !endsByItself(call, flow)),
      ),
    );
    for (const flow of flows) await this.#untilNobodyWaitsInVain(flow);
    for (const flow of flows) await this.#drain(flow);
    for (const pair of this.#flows) {
      if (!pair[0].isConnection) continue;
      for (const { from } of pair) for (const at of openOf(from)) this.#end(from, at, "shutWrite");
      for (const flow of pair) await this.#readToEnd(flow);
    }
    this.close();
    await this.#until(() => this.#calls.every(isOver));
    if (this.#failure !== null) throw this.#failure;
    for (const flow of flows) check(flow);
  }

  /** Waits until no read waits although there is something for it. */
  async #untilNobodyWaitsInVain(flow: Flow): Promise<void> {
    if (pairEndedAt(flow) < NEVER) return;
    for (const [object, one] of flow.to.objects.entries()) {
      await this.#until(async () => {
        const first = flow.reads.find((call) => call.object === object && !isOver(call));
        if (first === undefined || (first.flags & MSG_WAITALL) !== 0) return true;
        const other = one.dup();
        const isNothing = await other.recv(1, MSG_PEEK | MSG_DONTWAIT).then(
          () => false,
          () => true,
        );
        other.close();
        return isNothing || isOver(first);
      });
    }
  }

  /** Reads until everything has been sent, and nothing is left. */
  async #drain(flow: Flow): Promise<void> {
    await this.#until(async () => {
      const isSent = flow.sends.every(isOver);
      const [object] = openOf(flow.to);
      const most = { ...readAll, flags: MSG_DONTWAIT };
      while (object !== undefined) {
        const { got, error } = await this.#read(flow, object, most);
        if (error !== null || (flow.isConnection && got[0]?.length === 0)) break;
      }
      return isSent;
    });
  }

  async #readToEnd(flow: Flow): Promise<void> {
    for (const object of openOf(flow.to)) {
      this.#settimeout(flow.to, object, null);
      let isAtEnd = false;
      const toEnd = async () => {
        for (;;) {
          const { got, error } = await this.#read(flow, object, readAll);
          if (error === null ? got[0]?.length === 0 : error.code !== "ECONNRESET") break;
        }
        isAtEnd = true;
      };
      toEnd();
      await this.#until(() => isAtEnd);
    }
    await this.#until(() => flow.reads.every(isOver));
  }

  close(): void {
    for (const number of this.#numbers.splice(0)) closeSync(number);
    for (const { from } of this.#flows.flat()) {
      for (const object of openOf(from)) this.#end(from, object, "close");
    }
  }
}

/** Which objects of an end are open. */
function openOf({ closedAt }: End): number[] {
  return [...closedAt.keys()].filter((object) => closedAt[object] === NEVER);
}

/** Whether one who waits to send is told of room. A send to a Unix address is not: it tries again and again,
 *  with longer and longer sleeps. */
function isTold({ to, isInternet }: Flow): boolean {
  return to.address === null || isInternet;
}

/** Where there are very many they are small. */
function sizeOf({ size, times }: Pick<Transfer, "size" | "times">): number {
  return times > 20 ? Math.min(size, 1000) : size;
}

function textOf(flow: Flow, object: number, form: string, size: number, flags: number): string {
  const names = Object.entries(flagNames).filter(([, flag]) => (flags & flag) !== 0);
  const all = [size, ...names.map(([name]) => name)];
  return `${flow.name}, object ${object}: ${form}(${all.join(", ")})`;
}

function ignoring(codes: readonly string[], act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!codes.includes((error as { code: string }).code)) throw error;
  }
}

function later(how: "microtask" | "nextTick" | "immediate" | "timer"): Promise<void> {
  if (how === "microtask") return Promise.resolve();
  return new Promise((resolve) => {
    if (how === "nextTick") process.nextTick(resolve);
    else if (how === "immediate") setImmediate(resolve);
    else setTimeout(resolve, 1);
  });
}

/** Makes the calls of `program`. Throws if anything is not as it has to be. */
export async function run({ pairs, steps }: Program): Promise<void> {
  const one = new Run();
  await one.open(pairs);
  try {
    await one.make(steps);
    await one.end();
  } finally {
    one.close();
  }
}
