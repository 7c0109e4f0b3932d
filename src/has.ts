/** Which of the calls that some kernels lack this one has, and the sandbox around it lets through. Each is
 * tried once, when a program first wants to know; again if nobody could tell. */
import * as os from "node:os";
import { inspect } from "node:util";
import {
  AF_INET,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from "./constants.generated.js";
import { define } from "./define.js";
import { native } from "./native.js";

const { ENOSYS, EPERM } = os.constants.errno;

/** On descriptor -1 a call that exists gives EBADF, and one that does not, or that a sandbox refuses, ENOSYS
 *  or EPERM. */
function isThere(rc: number): boolean {
  return rc !== -ENOSYS && rc !== -EPERM;
}

/** The option is switched off, not read: up to Linux 5.12 UDP_GRO can only be set. `undefined`: there is no
 *  socket to ask with, for want of descriptors, say. */
function hasUdpOption(name: number): boolean | undefined {
  const fd = native.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  if (fd < 0) return undefined;
  const rc = native.setsockoptInt(fd, SOL_UDP, name, 0);
  native.close(fd);
  return rc >= 0;
}

const NO_FD = -1;
const NOTHING = Buffer.alloc(0);

const probes = {
  recvmmsg: () => isThere(native.recvmmsg(NO_FD, NOTHING, 0, 0, 1, 0, NOTHING, 0)),
  sendmmsg: () => isThere(native.sendmmsg(NO_FD, [NOTHING], 0, 1, 0, null)),
  UDP_SEGMENT: () => hasUdpOption(UDP_SEGMENT),
  UDP_GRO: () => hasUdpOption(UDP_GRO),
  io_uring: () => native.openRing() === 0,
};

/** @inline */
type Features = { readonly [name in keyof typeof probes]: boolean };

/** `has.recvmmsg`, `has.sendmmsg`, `has.UDP_SEGMENT`, `has.UDP_GRO`: whether the kernel has the feature. If
 * not, using it is an error; nothing is done in its place.
 *
 * `has.io_uring`: whether calls that many sockets make at a time are one system call (io_uring_enter(2)),
 * from Linux 6.0 on. If it is missing or forbidden (seccomp, `kernel.io_uring_disabled`), or the environment has
 * `UV_USE_IO_URING=0`, the calls are made one by one, which takes longer and changes nothing else. */
export const has: Features = Object.create(null);

for (const [name, probe] of Object.entries(probes)) {
  let known: boolean | undefined;
  const get = () => {
    known ??= probe();
    return known ?? false;
  };
  define(has, name, { enumerable: true, get });
}

// Without this console.log would show getters, and not what they give.
define(has, inspect.custom, { value: () => ({ ...has }) });
