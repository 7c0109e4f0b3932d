/** The module functions that never wait, and so are the same in both faces. */
export { htonl, htons, ntohl, ntohs } from "./address/byte-order.js";
export { inetAton, inetNtoa, inetNtop, inetPton, type Packed } from "./address/text.js";
export { ifIndextoname, ifNameindex, ifNametoindex } from "./resolve/interface.js";
export {
  gethostname,
  getprotobyname,
  getservbyname,
  getservbyport,
  sethostname,
} from "./resolve/tables.js";

/** This library knows IPv6, as does every Linux that it runs on; whether this host has it is another
 * question (`hasDualstackIPv6`). */
export const hasIPv6 = true as boolean;
