import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { Failure, reason } from "./failure.js";
import { printable } from "./show.js";

/** The file format of libpcap: pcap-savefile(5), with microseconds. */
const MAGIC = 0xa1b2c3d4;

interface PcapRecord {
  readonly ns: bigint;
  readonly bytes: Buffer;
}

function fileHeader(linkType: number, snapBytes: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapBytes, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

function recordBytes({ ns, bytes }: PcapRecord, snapBytes: number): Buffer {
  const kept = bytes.subarray(0, snapBytes);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Number(ns / 1_000_000_000n), 0);
  header.writeUInt32LE(Number((ns % 1_000_000_000n) / 1000n), 4);
  header.writeUInt32LE(kept.length, 8);
  header.writeUInt32LE(bytes.length, 12);
  return Buffer.concat([header, kept]);
}

/** A file being written; `-` is standard output. */
export class PcapFile {
  readonly #path: string;
  readonly #stream: Writable;
  readonly #snapBytes: number;
  #error: NodeJS.ErrnoException | undefined;

  /** Calls `onError` when no more can be written; `close` then says why. */
  constructor(path: string, linkType: number, snapBytes: number, onError: () => void) {
    this.#path = path;
    this.#snapBytes = snapBytes;
    this.#stream = path === "-" ? process.stdout : createWriteStream(path);
    this.#stream.on("error", (error) => {
      this.#error = error;
      onError();
    });
    this.#stream.write(fileHeader(linkType, snapBytes));
  }

  /** Waits until the file is there. */
  async opened(): Promise<void> {
    if (this.#path === "-") return;
    await once(this.#stream, "open").catch(() => {});
    this.#throwError();
  }

  /** Waits until there is room for more. */
  async write(record: PcapRecord, signal: AbortSignal): Promise<void> {
    if (this.#stream.write(recordBytes(record, this.#snapBytes))) return;
    await once(this.#stream, "drain", { signal });
  }

  /** Waits until all is written. Errors of standard output are reported by `endWithOutput`. */
  async close(): Promise<void> {
    if (this.#path === "-") {
      if (this.#error === undefined) await new Promise((done) => this.#stream.write("", done));
      return;
    }
    if (this.#error === undefined) {
      this.#stream.end();
      await once(this.#stream, "close").catch(() => {});
    }
    this.#throwError();
  }

  #throwError(): void {
    if (this.#error === undefined) return;
    const why = `${reason(this.#error)} (${this.#error.code})`;
    throw new Failure(`cannot write ${printable(this.#path)}: ${why}`);
  }
}
