/** Programs of calls on pairs of sockets: their types, and random ones. */
import { MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL } from "berkeley";
import fc from "fast-check";

const KINDS = ["tcp", "unix", "seqpacket", "dgram", "dgramTo", "udp", "udpTo"] as const;

export interface PairOf {
  readonly kind: (typeof KINDS)[number];
  /** Whether each end has a second object, for a duplicate or for the same number. */
  readonly twin: "none" | "dup" | "same";
  /** The buffer for sending is small. */
  readonly isSmall: boolean;
}

/** When a call is aborted. `shared`: by the step that aborts all such calls. */
const ABORTS = ["before", "now", "microtask", "nextTick", "immediate", "timer", "shared"] as const;
export type AbortedAt = (typeof ABORTS)[number] | null;

/** Which pair (null: every one), which of its ends, which object of that. */
export interface At {
  readonly pair: number | null;
  readonly end: 0 | 1;
  readonly object: 0 | 1;
}

const SENDS = ["send", "sendall", "sendmsg", "sendmmsg", "sendfile", "sendFds"] as const;
const READS = [
  "recv",
  "recvInto",
  "recvfrom",
  "recvfromInto",
  "recvmsg",
  "recvmsgInto",
  "recvmmsg",
  "recvFds",
] as const;

export interface Transfer extends At {
  readonly size: number;
  readonly flags: number;
  readonly abort: AbortedAt;
  readonly times: number;
  /** One after the other, as in a loop that awaits each. */
  readonly inTurn: boolean;
}

const ENDS = ["close", "detach", "reset", "shutRead", "shutWrite", "shutBoth"] as const;
const YIELDS = ["microtask", "nextTick", "immediate", "timer", "answer"] as const;

export type Ending = (typeof ENDS)[number];
export type Yielding = (typeof YIELDS)[number];

export type Step =
  | ({ readonly does: "send"; readonly form: string } & Transfer)
  | ({ readonly does: "read"; readonly form: string } & Transfer)
  | ({ readonly does: "end"; readonly how: Ending } & At)
  | ({ readonly does: "settimeout"; readonly seconds: number | null } & At)
  | { readonly does: "abort" }
  | { readonly does: "yield"; readonly how: Yielding };

export interface Program {
  readonly pairs: readonly PairOf[];
  readonly steps: readonly Step[];
}

/** Gives `usual` most of the time. */
const mostly = <T, U>(usual: T, weight: number, ...others: U[]): fc.Arbitrary<T | U> =>
  fc.oneof(
    { weight, arbitrary: fc.constant(usual) },
    ...others.map((other) => ({ weight: 1, arbitrary: fc.constant(other) })),
  );

/** Around the bounds of what is copied, of a run of reads, and of what is read into memory of its own. */
const SIZES = [1, 0, 7, 100, 1000, 2048, 2049, 5000, 16_384, 16_384, 65_536, 65_537, 100_000];

const one = fc.constantFrom(0 as const, 1 as const);
const at = {
  pair: fc.oneof(fc.constant(null), fc.nat(3)),
  end: one,
  object: mostly(0 as const, 2, 1 as const),
};
const transfer = {
  ...at,
  size: fc.constantFrom(...SIZES),
  abort: mostly(null, 14, ...ABORTS),
  times: fc.constantFrom(1, 1, 1, 1, 2, 2, 3, 3, 8, 8, 8, 20, 20, 300),
  inTurn: fc.boolean(),
};
const readFlags = [
  MSG_PEEK,
  MSG_WAITALL,
  MSG_PEEK | MSG_WAITALL,
  MSG_DONTWAIT,
  MSG_PEEK | MSG_DONTWAIT,
];
const send: fc.Arbitrary<Step> = fc.record({
  does: fc.constant("send" as const),
  form: fc.constantFrom(...SENDS),
  flags: mostly(0, 8, MSG_DONTWAIT),
  ...transfer,
});
const read: fc.Arbitrary<Step> = fc.record({
  does: fc.constant("read" as const),
  form: mostly("recv" as const, 5, ...READS),
  flags: mostly(0, 16, ...readFlags),
  ...transfer,
});
const pause: fc.Arbitrary<Step> = fc.record({
  does: fc.constant("yield" as const),
  how: fc.constantFrom(...YIELDS),
});
const end: fc.Arbitrary<Step> = fc.record({
  does: fc.constant("end" as const),
  how: fc.constantFrom(...ENDS),
  ...at,
});
const settimeout: fc.Arbitrary<Step> = fc.record({
  does: fc.constant("settimeout" as const),
  seconds: fc.constantFrom(null, 0, 0.001, 0.01),
  ...at,
});
const abort: fc.Arbitrary<Step> = fc.record({ does: fc.constant("abort" as const) });

const pairs: fc.Arbitrary<PairOf[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    twin: mostly("none" as const, 6, "dup" as const, "same" as const),
    isSmall: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6, size: "max" },
);

/** Random programs, with steps of `rare` kinds. (Half of the programs close nothing: more is known of how
 *  their calls end.) */
function programs(...rare: fc.Arbitrary<Step>[]): fc.Arbitrary<Program> {
  const step = fc.oneof(
    { weight: 6, arbitrary: send },
    { weight: 6, arbitrary: read },
    { weight: 4, arbitrary: pause },
    ...rare.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
  const steps = fc.array(step, { minLength: 1, maxLength: 40, size: "max" });
  return fc
    .record({ pairs, steps })
    .map((program) => Object.assign(program, { [fc.toStringMethod]: () => textOf(program) }));
}

/** The program as text for a report, a line per step: `run` takes it like this. */
function textOf({ pairs, steps }: Program): string {
  const lines = (all: readonly unknown[]) =>
    all.map((one) => `\n    ${JSON.stringify(one)},`).join("");
  return `{\n  pairs: [${lines(pairs)}\n  ],\n  steps: [${lines(steps)}\n  ],\n}`;
}

export const program: fc.Arbitrary<Program> = fc.oneof(
  programs(settimeout, abort),
  programs(settimeout, abort, end, end, end),
);
