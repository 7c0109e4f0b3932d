/** What the native resolver functions give, unpacked. */
import { EAI_SYSTEM } from "../constants.generated.js";
import { GaiError, SocketError, type Where } from "../errors.js";
import { type Answer, VALUES, words } from "../native.js";

/** The bytes of an answer, or its error; to be read in the callback that brings it, since the
 *  errno is the shared one. */
export function answerOf(syscall: string, answer: Answer, where: Where): Buffer {
  if (typeof answer !== "number") return Buffer.from(answer);
  if (answer === EAI_SYSTEM) throw new SocketError(-(words[VALUES] as number), syscall, where);
  throw new GaiError(answer, syscall, where);
}

export interface PackedRow {
  readonly family: number;
  readonly type: number;
  readonly proto: number;
  readonly canonname: string;
  readonly sockaddr: Buffer;
}

const HEADER_BYTES = 20;

/** The rows that sk_getaddrinfo packs; their form is in native/sys/sys.h. */
export function unpackRows(bytes: Buffer): PackedRow[] {
  const rows: PackedRow[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const field = (index: number): number => bytes.readInt32LE(at + index * 4);
    const addressEnd = at + HEADER_BYTES + field(3);
    const nameEnd = addressEnd + field(4);
    rows.push({
      family: field(0),
      type: field(1),
      proto: field(2),
      canonname: bytes.toString("utf8", addressEnd, nameEnd),
      sockaddr: bytes.subarray(at + HEADER_BYTES, addressEnd),
    });
    at += HEADER_BYTES + Math.ceil((nameEnd - at - HEADER_BYTES) / 4) * 4;
  }
  return rows;
}

/** The texts of an answer, each with a zero byte behind it. */
export function textsOf(bytes: Buffer): string[] {
  return bytes.toString("utf8").split("\0").slice(0, -1);
}
