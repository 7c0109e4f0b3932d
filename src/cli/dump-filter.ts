import type { SockFilter } from "berkeley";
import { Assembler, and, type Node, not, or } from "./bpf.js";
import {
  hostPrimitive,
  lengthPrimitive,
  netPrimitive,
  PROTOCOLS,
  portPrimitive,
  type Side,
} from "./dump-primitives.js";
import { Failure } from "./failure.js";
import { printable } from "./show.js";

/** What a filter can say, for the help and for errors. */
export const FILTER_WORDS = `${[...PROTOCOLS.keys()].join(", ")},
[src|dst] [host] ADDRESS, [src|dst] net ADDRESS/BITS,
[tcp|udp|sctp] [src|dst] port PORT, or portrange PORT-PORT,
greater BYTES, less BYTES, and, or, not, ( )`;

/** How deep parentheses and nots may be nested. More are a mistake, and thousands would exceed the stack. */
const DEPTH_MAX = 100;

/** The words between primitives, and the end. */
const BETWEEN = /^([()!]|&&|\|\||and|or|not)?$/;

/** As in pcap-filter(7): `not` binds most tightly; `and` and `or` bind alike, from left to right. */
class Parser {
  readonly #words: readonly string[];
  #place = 0;
  #depth = 0;
  #last: ((text: string) => Node) | undefined;

  constructor(text: string) {
    this.#words = text.match(/&&|\|\||[()!]|(?:(?!&&|\|\|)[^\s()!])+/g) ?? [];
  }

  get #next(): string {
    return this.#words[this.#place] ?? "";
  }

  /** Takes a word that does not join or group others: an address, a number or a name. */
  #take(): string {
    const word = this.#next;
    if (BETWEEN.test(word)) return "";
    this.#place++;
    return word;
  }

  #deeper(parse: () => Node): Node {
    this.#depth++;
    if (this.#depth > DEPTH_MAX) {
      throw new Failure(`filter: more than ${DEPTH_MAX} nested parentheses and nots`);
    }
    const node = parse();
    this.#depth--;
    return node;
  }

  #skip(...wanted: string[]): boolean {
    const isNext = wanted.includes(this.#next);
    if (isNext) this.#place++;
    return isNext;
  }

  #any(): Node {
    let left = this.#one();
    for (;;) {
      if (this.#skip("or", "||")) left = or(left, this.#one());
      else if (this.#skip("and", "&&")) left = and(left, this.#one());
      else return left;
    }
  }

  #one(): Node {
    if (this.#skip("not", "!")) return this.#deeper(() => not(this.#one()));
    if (this.#skip("(")) {
      const last = this.#last;
      const inner = this.#deeper(() => this.#any());
      if (!this.#skip(")")) throw new Failure("filter: a ) is missing");
      // As libpcap: what was said in them does not hold for a value behind them.
      this.#last = last;
      return inner;
    }
    return this.#primitive();
  }

  /** `src`, `dst`, `src or dst`, `src and dst`. */
  #side(): Side | undefined {
    const [first = "", word, second = ""] = this.#words.slice(this.#place, this.#place + 3);
    if (!["src", "dst"].includes(first)) return undefined;
    this.#place++;
    const isPair = ["src", "dst"].includes(second) && second !== first;
    if (!isPair || (word !== "or" && word !== "and")) return first as Side;
    this.#place += 2;
    return word === "or" ? "either" : "both";
  }

  /** `port 80 or 443`: the words before a value also apply to the next value, if that has none of its own. */
  #again(make: (text: string) => Node): Node {
    this.#last = make;
    return make(this.#take());
  }

  #primitive(): Node {
    const start = this.#place;
    const proto = PROTOCOLS.has(this.#next) ? this.#take() : "";
    const side = this.#side();
    const of = side ?? "either";
    const range = this.#skip("portrange");
    if (range || this.#skip("port")) {
      return this.#again((text) => portPrimitive(proto, of, text, range));
    }
    if (this.#skip("net")) return this.#again((text) => netPrimitive(proto, of, text));
    const host = (text: string) => hostPrimitive(proto, of, text);
    if (this.#skip("host") || side !== undefined) return this.#again(host);
    if (proto === "") {
      if (["greater", "less"].includes(this.#next)) {
        return lengthPrimitive(this.#take(), this.#take());
      }
      // All other words of the grammar have been tried.
      if (this.#last !== undefined && !BETWEEN.test(this.#next)) return this.#last(this.#take());
    }
    // An address needs no word before it: it cannot be anything else.
    if (/^([\d.]+|[\da-f]*:[\da-f:.]+)$/i.test(this.#next)) return this.#again(host);
    if (proto !== "") return PROTOCOLS.get(proto) as Node;
    this.#place = start;
    const word = printable(this.#next || "its end");
    const has = FILTER_WORDS.replaceAll("\n", " ");
    throw new Failure(`filter: "${word}" is not understood; a filter has ${has}`);
  }

  parse(): Node {
    const node = this.#any();
    if (this.#place === this.#words.length) return node;
    throw new Failure(`filter: "${printable(this.#next)}" is not understood there`);
  }
}

/** The classic BPF program for an expression such as `tcp port 80 and not host 10.0.0.1`. */
export function compileFilter(text: string): SockFilter[] {
  return new Assembler().assemble(new Parser(text).parse());
}
