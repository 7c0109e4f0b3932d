import {
  BPF_ABS,
  BPF_ALU,
  BPF_AND,
  BPF_JA,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_MAXINSNS,
  BPF_RET,
  type SockFilter,
} from "berkeley";
import { Failure } from "./failure.js";

/** How much of a packet is kept at most. */
export const SNAP_BYTES = 262_144;

/** A step that leaves a value in the accumulator. */
export interface Load {
  readonly code: number;
  readonly k: number;
}

/** A test: steps that end with a value in the accumulator, and what it must be. */
export type Node =
  | {
      readonly kind: "test";
      readonly loads: readonly Load[];
      readonly jump: number;
      readonly k: number;
    }
  | { readonly kind: "and"; readonly left: Node; readonly right: Node }
  | { readonly kind: "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly of: Node };

export const at = (size: number, offset: number): Load => ({
  code: BPF_LD | size | BPF_ABS,
  k: offset,
});
/** Clears the accumulator's bits that the mask does not have. */
export const masked = (k: number): Load => ({ code: BPF_ALU | BPF_AND | BPF_K, k });
export const is = (loads: readonly Load[], k: number, jump: number = BPF_JEQ): Node => ({
  kind: "test",
  loads,
  jump,
  k,
});
export const not = (of: Node): Node => ({ kind: "not", of });
export const and = (left: Node, right: Node): Node => ({ kind: "and", left, right });
export const or = (left: Node, right: Node): Node => ({ kind: "or", left, right });

/** A test jumps over so many instructions at most: the offset is one byte. */
const JUMP_MAX = 255;

/** Writes machine code from its end to its beginning: jumps only go forward, so what they lead to is
 *  there already. Places are counted from the end. */
export class Assembler {
  readonly #backwards: SockFilter[] = [];

  #put(instruction: SockFilter): number {
    this.#backwards.push(instruction);
    if (this.#backwards.length > BPF_MAXINSNS) throw new Failure("filter: it is too long");
    return this.#backwards.length;
  }

  /** Where a test has to jump to reach `place`: there or, if it is too far, to a plain jump, which has no
   *  such limit. */
  #near(place: number): number {
    const distance = this.#backwards.length - place;
    // Less by one: the test's other branch may still put a plain jump in between.
    if (distance < JUMP_MAX) return place;
    return this.#put({ code: BPF_JMP | BPF_JA, jt: 0, jf: 0, k: distance });
  }

  /** Writes code that continues at `yes` or at `no`; returns its place. */
  #branch(node: Node, yes: number, no: number): number {
    if (node.kind === "not") return this.#branch(node.of, no, yes);
    if (node.kind === "and") return this.#branch(node.left, this.#branch(node.right, yes, no), no);
    if (node.kind === "or") return this.#branch(node.left, yes, this.#branch(node.right, yes, no));
    const [nearYes, nearNo] = [this.#near(yes), this.#near(no)];
    const here = this.#backwards.length;
    const [jt, jf] = [here - nearYes, here - nearNo];
    let place = this.#put({ code: BPF_JMP | node.jump | BPF_K, jt, jf, k: node.k | 0 });
    for (const { code, k } of node.loads.toReversed())
      place = this.#put({ code, jt: 0, jf: 0, k: k | 0 });
    return place;
  }

  assemble(node: Node): SockFilter[] {
    const no = this.#put({ code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0 });
    const yes = this.#put({ code: BPF_RET | BPF_K, jt: 0, jf: 0, k: SNAP_BYTES });
    this.#branch(node, yes, no);
    return this.#backwards.toReversed();
  }
}

/** Lets every packet through. It takes a filter: without one, the kernel drops packets that have nothing
 *  after the link's header. */
export const EVERYTHING: SockFilter[] = [{ code: BPF_RET | BPF_K, jt: 0, jf: 0, k: SNAP_BYTES }];

const UINT32_MAX = 0xffffffff;

/** What `tcpdump -ddd` prints: how many instructions, and each as code, jt, jf and k. */
export function numericFilter(text: string): SockFilter[] {
  const [count, ...numbers] = text
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const isWhole = numbers.every((n) => Number.isInteger(n) && n >= 0 && n <= UINT32_MAX);
  if (!isWhole || count === undefined || count < 1 || numbers.length !== count * 4) {
    throw new Failure("--bpf: give what tcpdump -ddd prints: a count, then four numbers for each");
  }
  return Array.from({ length: count }, (_, i) => {
    const [code, jt, jf, k] = numbers.slice(i * 4, i * 4 + 4) as [number, number, number, number];
    return { code, jt, jf, k: k | 0 };
  });
}
