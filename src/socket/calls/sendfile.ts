/** sendfile(2), until all is sent. */
import { fstatSync, type Stats } from "node:fs";
import * as os from "node:os";
import * as check from "../../check.js";
import { now } from "../../clock.js";
import { SOCK_SEQPACKET, SOCK_STREAM } from "../../constants.generated.js";
import { SocketError } from "../../errors.js";
import { native } from "../../native.js";
import { ensureNonblock } from "../nonblock.js";
import { BURST_BYTES, type Call, LATER, type Request, WRITE } from "../request.js";
import { markSent } from "./send.js";

const { EBADF } = os.constants.errno;

/** A `FileHandle` of node:fs/promises, or any other object that knows its descriptor. */
interface HasDescriptor {
  readonly fd: number;
}

const NO_FD = -1;

interface From {
  /** The object itself is kept, and its number read each time: a FileHandle that nobody holds closes itself,
   *  and one that has been closed has no number. */
  readonly file: number | HasDescriptor;
  readonly offset: number;
  movedMs: number;
}

function descriptorOf(file: number | HasDescriptor): number {
  const fd = typeof file === "number" ? file : file.fd;
  return typeof fd === "number" ? fd : NO_FD;
}

function checkedFile(file: unknown): number | HasDescriptor {
  if (typeof file === "number") return check.descriptor("sendfile", "file", file);
  if (typeof file === "object" && file !== null && "fd" in file && typeof file.fd === "number") {
    return file as HasDescriptor;
  }
  throw check.wrongType("sendfile", "file", "a descriptor or a FileHandle", file);
}

function statOf(fd: number): Stats {
  if (fd < 0) throw new SocketError(-EBADF, "fstat");
  try {
    return fstatSync(fd);
  } catch (error) {
    throw new SocketError((error as NodeJS.ErrnoException).errno ?? -EBADF, "fstat");
  }
}

/** sendfile(2) gives EINVAL or ESPIPE for what is no file, and EBADF for either descriptor. So the file is
 *  checked first, and an error can say what is wrong. */
function checkKind(file: number | HasDescriptor): void {
  const stats = statOf(descriptorOf(file));
  if (!stats.isFile() && !stats.isBlockDevice()) {
    const kind = stats.isDirectory() ? "a directory" : stats.isFIFO() ? "a pipe" : "no file";
    throw new TypeError(`sendfile: file must be a regular file or a disk, got ${kind}`);
  }
}

function attempt(_fd: number, request: Request): number {
  const from = request.extra as From;
  const { file: given, offset } = from;
  // This may run the program's own code, which may close the socket: so the socket's number is read after it.
  const file = descriptorOf(given);
  const { descriptor } = request;
  const { fd } = descriptor;
  const burstEnd = Math.min(request.progress + BURST_BYTES, request.size);
  while (request.progress < burstEnd) {
    const { progress } = request;
    ensureNonblock(descriptor);
    const rc = native.sendfile(fd, file, offset + progress, burstEnd - progress);
    if (rc < 0) return rc;
    if (rc === 0) return 0;
    request.progress += rc;
    from.movedMs = now();
  }
  return request.progress < request.size ? LATER : 0;
}

export const SENDFILE: Call<number> = {
  syscall: "sendfile",
  direction: WRITE,
  prepare(request, file, offset, count) {
    const { type } = request.descriptor;
    if (type !== SOCK_STREAM && type !== SOCK_SEQPACKET) {
      throw new TypeError("sendfile: the socket must be a stream (SOCK_STREAM or SOCK_SEQPACKET)");
    }
    const most = Number.MAX_SAFE_INTEGER;
    const from = offset === undefined ? 0 : check.integer("sendfile", "offset", offset, 0, most);
    const rest = most - from;
    request.size =
      count === undefined || count === null
        ? rest
        : check.integer("sendfile", "count", count, 1, most);
    const checked = checkedFile(file);
    checkKind(checked);
    request.extra = { file: checked, offset: from, movedMs: 0 } satisfies From;
  },
  attempt,
  result: (_rc, request) => request.progress,
  // Python's sendfile has its whole timeout for each wait for room, unlike its sendall.
  movedMs: ({ extra }) => (extra as From).movedMs,
  mark: markSent,
};
