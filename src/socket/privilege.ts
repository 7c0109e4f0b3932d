/** What to do about a socket that the kernel refuses for want of a privilege. See
 * capabilities(7), raw(7), icmp(7). */
import { constants } from "node:os";
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SOCK_DGRAM,
  SOCK_RAW,
} from "../constants.generated.js";

const { EACCES, EPERM } = constants.errno;

const GRANT = `\`sudo setcap cap_net_raw+ep ${process.execPath}\``;
const PING = "net.ipv4.ping_group_range";

/** Advice for an error of socket(2) that is about a privilege. `rc` is negative. */
export function privilegeAdvice(
  rc: number,
  family: number,
  type: number,
  proto: number,
): string | undefined {
  const isInet = family === AF_INET || family === AF_INET6;
  const isIcmp = isInet && proto === (family === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
  if (rc === -EPERM && family === AF_PACKET) {
    return `packet sockets need CAP_NET_RAW, which ${GRANT} gives to this program`;
  }
  if (rc === -EPERM && isInet && type === SOCK_RAW) {
    const ping = isIcmp ? `; SOCK_DGRAM can ping without it, for groups in ${PING}` : "";
    return `raw sockets need CAP_NET_RAW, which ${GRANT} gives to this program${ping}`;
  }
  if (rc === -EACCES && isIcmp && type === SOCK_DGRAM) {
    const sysctl = `\`sudo sysctl ${PING}="0 2147483647"\``;
    return `ICMP datagram sockets are for groups in ${PING}, which ${sysctl} opens to all`;
  }
  return undefined;
}
