/** AF_UNIX: sockaddr_un, a path or an abstract name. See unix(7). */
import { isUtf8 } from "node:buffer";
import { isUint8Array } from "node:util/types";
import { bytes, wrongRange, wrongType } from "../check.js";
import { AF_UNIX } from "../constants.generated.js";
import { bufferOf, lengthOf } from "../memory.js";
import type { FamilyRow } from "./family.js";
import { RecentlyPacked, RecentTexts } from "./recent.js";

const PATH_OFFSET = 2;
/** sizeof(sun_path). A path needs one byte of it for its NUL, an abstract name does not. */
const PATH_MAX = 108;

const packed = new RecentlyPacked();
const texts = new RecentTexts();

function encode(call: string, address: unknown): Uint8Array {
  if (typeof address !== "string") return pack(call, address);
  return packed.get(address, 0) ?? packed.keep(address, 0, pack(call, address));
}

function pack(call: string, address: unknown): Uint8Array {
  if (typeof address !== "string" && !isUint8Array(address)) {
    throw wrongType(call, "an AF_UNIX address", "a string or a Uint8Array", address);
  }
  const path = bytes(call, "address", address);
  const length = lengthOf(path);
  const isPath = length > 0 && path[0] !== 0;
  const most = isPath ? PATH_MAX - 1 : PATH_MAX;
  if (length > most) throw wrongRange(call, "an AF_UNIX path", `at most ${most} bytes`, address);
  const sockaddr = Buffer.alloc(PATH_OFFSET + length + (isPath ? 1 : 0));
  sockaddr.set(path, PATH_OFFSET);
  if (isPath && sockaddr.indexOf(0, PATH_OFFSET) < PATH_OFFSET + length) {
    throw wrongType(call, "an AF_UNIX path", "without NUL bytes", address);
  }
  sockaddr.writeUInt16LE(AF_UNIX, 0);
  return sockaddr;
}

function decode(sockaddr: Buffer, length: number): string | Buffer {
  let end = Math.max(length, PATH_OFFSET);
  if (sockaddr[PATH_OFFSET] !== 0) {
    // A path ends at its NUL, which need not be there.
    let nul = PATH_OFFSET;
    while (nul < end && sockaddr[nul] !== 0) nul++;
    end = nul;
  }
  const known = texts.get(sockaddr, PATH_OFFSET, end);
  if (known !== undefined) return known;
  const path = sockaddr.subarray(PATH_OFFSET, end);
  if (!isUtf8(path)) return Buffer.from(path);
  return texts.keep(sockaddr, PATH_OFFSET, end, path.toString("utf8"));
}

export const unixRow: FamilyRow = {
  encode,
  decode,
  describe: (address) => ({
    address: typeof address === "string" ? address : bufferOf(address as Uint8Array).toString(),
  }),
};
