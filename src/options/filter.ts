/** Classic BPF programs, for SO_ATTACH_FILTER and its relatives. See bpf(4) of FreeBSD for the
 * machine, and Documentation/networking/filter.rst of Linux for what it adds. */
import * as check from "../check.js";
import { BPF_MAXINSNS } from "../constants.generated.js";
import { filled } from "../memory.js";
import { CALL, type Reader, type Writer } from "./codec.js";
import { fields, unsigned } from "./fields.js";

/** An instruction: its `code` (`BPF_*`), the jumps if true and if false, and a constant. */
export interface SockFilter {
  code: number;
  jt: number;
  jf: number;
  k: number;
}

const INSTRUCTION = 8;

function instruction(what: string, value: SockFilter): Buffer {
  const { code, jt, jf, k } = fields(what, value, ["code", "jt", "jf", "k"]);
  return filled(INSTRUCTION, (bytes) => {
    bytes.writeUInt16LE(unsigned(`${what} code`, code, 16), 0);
    bytes.writeUInt8(unsigned(`${what} jt`, jt, 8), 2);
    bytes.writeUInt8(unsigned(`${what} jf`, jf, 8), 3);
    // SKF_AD_OFF and its like are negative in C: the same bits without a sign.
    bytes.writeInt32LE(check.int(CALL, `${what} k`, k), 4);
  });
}

function decodeAt(bytes: Buffer, at: number): SockFilter {
  return {
    code: bytes.readUInt16LE(at),
    jt: bytes.readUInt8(at + 2),
    jf: bytes.readUInt8(at + 3),
    k: bytes.readUInt32LE(at + 4),
  };
}

/** A program of 1 to 4096 instructions; the kernel checks the rest of it (EINVAL). */
export const sockFilter: Reader<SockFilter[]> & Writer<readonly SockFilter[]> = {
  size: BPF_MAXINSNS * INSTRUCTION,
  decode: (bytes) =>
    Array.from({ length: Math.floor(bytes.length / INSTRUCTION) }, (_, i) =>
      decodeAt(bytes, i * INSTRUCTION),
    ),
  encode(what, program) {
    if (!Array.isArray(program)) {
      throw check.wrongType(CALL, what, "an array of instructions", program);
    }
    if (program.length < 1 || program.length > BPF_MAXINSNS) {
      throw check.wrongRange(CALL, what, `1 to ${BPF_MAXINSNS} instructions`, program);
    }
    // Holes, too.
    return Buffer.concat(Array.from(program, (one, i) => instruction(`${what} [${i}]`, one)));
  },
};
