import { turns } from "./process.js";

/** `length` bytes that tell where they belong. */
export function numbered(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed + (i >> 8)) & 0xff;
  return bytes;
}

/** Everything that is still to come from `from`, a socket of either face, by reads of `size`, with a pause
 *  after every `pauseEach` of them. */
export async function readAll(
  from: { recv(size: number): Buffer | Promise<Buffer> },
  { size = 65_536, pauseEach = Number.POSITIVE_INFINITY } = {},
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (;;) {
    const part = await from.recv(size);
    if (part.length === 0) return Buffer.concat(parts);
    parts.push(part);
    if (parts.length % pauseEach === 0) await turns(1);
  }
}
