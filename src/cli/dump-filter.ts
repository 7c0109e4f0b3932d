import {
  AF_INET,
  AF_INET6,
  BPF_ABS,
  BPF_B,
  BPF_H,
  BPF_IND,
  BPF_JEQ,
  BPF_JMP,
  BPF_JSET,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_MSH,
  BPF_RET,
  BPF_W,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  inetPton,
  SocketError,
  type SockFilter,
} from "berkeley";
import { Failure } from "./failure.js";
import { printable } from "./show.js";

/** linux/filter.h: offsets from here are from the network header, whatever the link's header is. */
const NET = -0x100000;
/** SKF_AD_OFF + SKF_AD_PROTOCOL: the EtherType. */
const ETHERTYPE = -0x1000;
/** The most of a packet that is kept. */
export const SNAP_BYTES = 262_144;

interface Load {
  readonly code: number;
  readonly k: number;
}

/** A test: loads that end with a value in the accumulator, and what it must be. */
type Node =
  | {
      readonly kind: "test";
      readonly loads: readonly Load[];
      readonly jump: number;
      readonly k: number;
    }
  | { readonly kind: "and"; readonly left: Node; readonly right: Node }
  | { readonly kind: "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly of: Node };

const at = (size: number, offset: number): Load => ({ code: BPF_LD | size | BPF_ABS, k: offset });
const is = (loads: readonly Load[], k: number): Node => ({ kind: "test", loads, jump: BPF_JEQ, k });
const not = (of: Node): Node => ({ kind: "not", of });
const and = (left: Node, right: Node): Node => ({ kind: "and", left, right });
const or = (left: Node, right: Node): Node => ({ kind: "or", left, right });

const isIp = is([at(BPF_H, ETHERTYPE)], ETH_P_IP);
const isIp6 = is([at(BPF_H, ETHERTYPE)], ETH_P_IPV6);
const isArp = is([at(BPF_H, ETHERTYPE)], ETH_P_ARP);
const carries = (proto: number) => and(isIp, is([at(BPF_B, NET + 9)], proto));
const carries6 = (proto: number) => and(isIp6, is([at(BPF_B, NET + 6)], proto));
const either = (proto: number) => or(carries(proto), carries6(proto));

const PROTOCOLS: Readonly<Record<string, Node>> = {
  ip: isIp,
  ip6: isIp6,
  arp: isArp,
  tcp: either(IPPROTO_TCP),
  udp: either(IPPROTO_UDP),
  sctp: either(IPPROTO_SCTP),
  icmp: carries(IPPROTO_ICMP),
  icmp6: carries6(IPPROTO_ICMPV6),
};

type Side = "src" | "dst" | undefined;

function bySide(side: Side, src: Node, dst: Node): Node {
  if (side === "src") return src;
  return side === "dst" ? dst : or(src, dst);
}

/** Only a packet's first fragment has ports. */
const isFirst = not({ kind: "test", loads: [at(BPF_H, NET + 6)], jump: BPF_JSET, k: 0x1fff });
const headerBytes: Load = { code: BPF_LDX | BPF_B | BPF_MSH, k: NET };
const behind = (offset: number): Load => ({ code: BPF_LD | BPF_H | BPF_IND, k: NET + offset });

function port(side: Side, number: number, protos: readonly number[]): Node {
  const any = (one: (proto: number) => Node) => protos.map(one).reduce(or);
  const four = bySide(
    side,
    is([headerBytes, behind(0)], number),
    is([headerBytes, behind(2)], number),
  );
  const six = bySide(side, is([at(BPF_H, NET + 40)], number), is([at(BPF_H, NET + 42)], number));
  return or(and(any(carries), and(isFirst, four)), and(any(carries6), six));
}

function words(offset: number, address: Buffer): Node {
  const parts: Node[] = [];
  for (let byte = 0; byte < address.length; byte += 4) {
    parts.push(is([at(BPF_W, offset + byte)], address.readUInt32BE(byte)));
  }
  return parts.reduce(and);
}

function host(side: Side, text: string): Node {
  const family = text.includes(":") ? AF_INET6 : AF_INET;
  let address: Buffer;
  try {
    address = inetPton(family, text);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    throw new Failure(`filter: "${printable(text)}" is no address (names are not looked up)`);
  }
  if (family === AF_INET6) {
    return and(isIp6, bySide(side, words(NET + 8, address), words(NET + 24, address)));
  }
  const ip = and(isIp, bySide(side, words(NET + 12, address), words(NET + 16, address)));
  const arp = and(isArp, bySide(side, words(NET + 14, address), words(NET + 24, address)));
  return or(ip, arp);
}

const PORT_PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: IPPROTO_TCP,
  udp: IPPROTO_UDP,
  sctp: IPPROTO_SCTP,
};

/** `or` binds weaker than `and`, and `not` most. */
class Parser {
  readonly #words: string[];

  constructor(text: string) {
    this.#words = text.match(/[()!]|[^\s()!]+/g) ?? [];
  }

  #skip(...wanted: string[]): boolean {
    const isNext = wanted.includes(this.#words[0] ?? "");
    if (isNext) this.#words.shift();
    return isNext;
  }

  #any(): Node {
    let left = this.#all();
    while (this.#skip("or", "||")) left = or(left, this.#all());
    return left;
  }

  #all(): Node {
    let left = this.#one();
    while (this.#skip("and", "&&")) left = and(left, this.#one());
    return left;
  }

  #one(): Node {
    if (this.#skip("not", "!")) return not(this.#one());
    if (this.#skip("(")) {
      const inner = this.#any();
      if (!this.#skip(")")) throw new Failure("filter: a ) is missing");
      return inner;
    }
    return this.#primitive();
  }

  #primitive(): Node {
    const proto = this.#words[0] !== undefined && this.#words[0] in PROTOCOLS ? this.#take() : "";
    const side = ["src", "dst"].includes(this.#words[0] ?? "") ? (this.#take() as Side) : undefined;
    if (this.#skip("port")) {
      const number = Number(this.#take());
      const protos = proto === "" ? Object.values(PORT_PROTOCOLS) : [PORT_PROTOCOLS[proto]];
      if (Number.isInteger(number) && number >= 0 && number <= 65535 && protos[0] !== undefined) {
        return port(side, number, protos as number[]);
      }
      throw new Failure("filter: a port is a number from 0 to 65535, of tcp, udp or sctp");
    }
    if (this.#skip("host")) {
      const address = host(side, this.#take());
      return proto === "" ? address : and(PROTOCOLS[proto] as Node, address);
    }
    if (proto !== "" && side === undefined) return PROTOCOLS[proto] as Node;
    const word = printable(this.#words[0] ?? "its end");
    throw new Failure(
      `filter: "${word}" is not understood; it has ${Object.keys(PROTOCOLS).join(", ")}, ` +
        "[src|dst] host ADDRESS, [tcp|udp|sctp] [src|dst] port NUMBER, and, or, not, ( )",
    );
  }

  #take(): string {
    return this.#words.shift() ?? "";
  }

  parse(): Node {
    const node = this.#any();
    if (this.#words.length === 0) return node;
    throw new Failure(`filter: "${printable(this.#words[0] as string)}" is not understood there`);
  }
}

/** A jump is a byte's worth of instructions at most. */
const JUMP_MAX = 255;

/** Machine code, written from its end to its beginning: jumps only go forward, so that what they
 *  lead to is there already. A place is counted from the end. */
class Assembler {
  readonly #backwards: SockFilter[] = [];

  #put(instruction: SockFilter): number {
    this.#backwards.push(instruction);
    return this.#backwards.length;
  }

  /** Code that goes on at `yes` or at `no`; gives its place. */
  #branch(node: Node, yes: number, no: number): number {
    if (node.kind === "not") return this.#branch(node.of, no, yes);
    if (node.kind === "and") return this.#branch(node.left, this.#branch(node.right, yes, no), no);
    if (node.kind === "or") return this.#branch(node.left, yes, this.#branch(node.right, yes, no));
    const here = this.#backwards.length;
    const [jt, jf] = [here - yes, here - no];
    if (Math.max(jt, jf) > JUMP_MAX) throw new Failure("filter: it is too long");
    let place = this.#put({ code: BPF_JMP | node.jump | BPF_K, jt, jf, k: node.k | 0 });
    for (const { code, k } of node.loads.toReversed()) place = this.#put({ code, jt: 0, jf: 0, k });
    return place;
  }

  assemble(node: Node): SockFilter[] {
    const no = this.#put({ code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0 });
    const yes = this.#put({ code: BPF_RET | BPF_K, jt: 0, jf: 0, k: SNAP_BYTES });
    this.#branch(node, yes, no);
    return this.#backwards.toReversed();
  }
}

/** The classic BPF program of an expression such as `tcp port 80 and not host 10.0.0.1`. */
export function compileFilter(text: string): SockFilter[] {
  return new Assembler().assemble(new Parser(text).parse());
}

/** What `tcpdump -ddd` prints: how many instructions, and each as code, jt, jf and k. */
export function numericFilter(text: string): SockFilter[] {
  const [count, ...numbers] = text
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const isWhole = numbers.every((number) => Number.isInteger(number) && number >= 0);
  if (!isWhole || count === undefined || count < 1 || numbers.length !== count * 4) {
    throw new Failure("--bpf: give what tcpdump -ddd prints: a count, and four numbers each");
  }
  return Array.from({ length: count }, (_, i) => {
    const [code, jt, jf, k] = numbers.slice(i * 4, i * 4 + 4) as [number, number, number, number];
    return { code, jt, jf, k: k | 0 };
  });
}
