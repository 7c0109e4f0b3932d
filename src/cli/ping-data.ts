/** The data in a request: each byte is its own offset. */
export function echoData(size: number): Buffer {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size; at++) data[at] = at & 0xff;
  return data;
}

/** The offset of the first byte that is not as it was sent, or null. */
export function wrongByte(data: Buffer, sent: Buffer): number | null {
  const at = sent.findIndex((byte, at) => byte !== data[at]);
  return at === -1 ? null : at;
}

const ROW_BYTES = 32;

/** As iputils: the byte that is wrong, and then all that came. */
export function wrongText(data: Buffer, sent: Buffer, at: number): string {
  const hex = (byte: number | undefined) => byte?.toString(16);
  const lines = [`wrong data byte #${at} should be 0x${hex(sent[at])} but was 0x${hex(data[at])}`];
  for (let from = 0; from < sent.length; from += ROW_BYTES) {
    const row = data.subarray(from, Math.min(from + ROW_BYTES, sent.length));
    lines.push(`#${from}\t${[...row].map(hex).join(" ")}`);
  }
  return lines.join("\n");
}
