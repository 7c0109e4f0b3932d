/** Options of IPv6 sockets, and of multicasts in either family. */
import { BY_GROUP, CONTROL, optionsAt, UNNAMED } from "../row.js";

const READ = "read";
const SET = "set";
const RFC_3678 = "RFC 3678";

export const ipv6Options = optionsAt("IPPROTO_IPV6", "ipv6(7)", [
  {
    name: "IP6T_SO_ORIGINAL_DST",
    kind: "sockaddrIn6",
    access: READ,
    man: "iptables-extensions(8)",
    note: "where a connection was going before netfilter redirected it; ENOENT without conntrack",
  },
  {
    name: "IPV6_ADDRFORM",
    kind: "int",
    access: SET,
    note: "AF_INET: turns a socket whose addresses are all v4-mapped into one of AF_INET",
  },
  { name: "IPV6_ADDR_PREFERENCES", kind: "int", note: "`IPV6_PREFER_SRC_*`", man: "RFC 5014" },
  { name: "IPV6_AUTOFLOWLABEL", kind: "bool" },
  {
    name: "IPV6_CHECKSUM",
    kind: "int",
    man: "raw(7)",
    note: "its offset, -1 for none; not ICMPv6",
  },
  { name: "IPV6_DONTFRAG", kind: "bool" },
  { name: "IPV6_FLOWINFO", kind: "bool", note: CONTROL },
  { name: "IPV6_FLOWINFO_SEND", kind: "bool" },
  { name: "IPV6_FREEBIND", kind: "bool" },
  { name: "IPV6_HDRINCL", kind: "bool", man: "raw(7)" },
  { name: "IPV6_JOIN_ANYCAST", kind: "ipv6Mreq", access: SET, needs: "CAP_NET_ADMIN" },
  { name: "IPV6_JOIN_GROUP", kind: "ipv6Mreq", access: SET },
  { name: "IPV6_LEAVE_ANYCAST", kind: "ipv6Mreq", access: SET },
  { name: "IPV6_LEAVE_GROUP", kind: "ipv6Mreq", access: SET },
  { name: "IPV6_MINHOPCOUNT", kind: "int", note: "less is dropped (RFC 5082)" },
  {
    name: "IPV6_MTU",
    kind: "int",
    unit: "bytes",
    note: "read of a connected socket; at least 1280",
  },
  { name: "IPV6_MTU_DISCOVER", kind: "int", note: "one of `IPV6_PMTUDISC_*`" },
  { name: "IPV6_MULTICAST_ALL", kind: "bool" },
  { name: "IPV6_MULTICAST_HOPS", kind: "int" },
  { name: "IPV6_MULTICAST_IF", kind: "interface" },
  { name: "IPV6_MULTICAST_LOOP", kind: "bool" },
  { name: "IPV6_RECVDSTOPTS", kind: "bool", note: UNNAMED },
  { name: "IPV6_RECVERR", kind: "bool", note: "errors queue for MSG_ERRQUEUE" },
  { name: "IPV6_RECVERR_RFC4884", kind: "bool" },
  { name: "IPV6_RECVFRAGSIZE", kind: "bool", note: CONTROL },
  { name: "IPV6_RECVHOPLIMIT", kind: "bool", note: CONTROL },
  { name: "IPV6_RECVHOPOPTS", kind: "bool", note: UNNAMED },
  { name: "IPV6_RECVORIGDSTADDR", kind: "bool", note: CONTROL },
  { name: "IPV6_RECVPATHMTU", kind: "bool", note: UNNAMED },
  { name: "IPV6_RECVPKTINFO", kind: "bool", note: CONTROL },
  { name: "IPV6_RECVRTHDR", kind: "bool", note: UNNAMED },
  { name: "IPV6_RECVTCLASS", kind: "bool", note: CONTROL },
  { name: "IPV6_ROUTER_ALERT", kind: "int", access: SET, note: "raw sockets only; -1: none" },
  { name: "IPV6_TCLASS", kind: "int", note: "-1: the default" },
  { name: "IPV6_TRANSPARENT", kind: "bool", needs: "CAP_NET_RAW or CAP_NET_ADMIN to turn it on" },
  { name: "IPV6_UNICAST_HOPS", kind: "int", note: "-1: the default" },
  { name: "IPV6_UNICAST_IF", kind: "interfaceBE" },
  { name: "IPV6_V6ONLY", kind: "bool" },
]);

export const multicastOptions = optionsAt(BY_GROUP, RFC_3678, [
  { name: "MCAST_BLOCK_SOURCE", kind: "groupSourceReq", access: SET },
  { name: "MCAST_JOIN_GROUP", kind: "groupReq", access: SET },
  { name: "MCAST_JOIN_SOURCE_GROUP", kind: "groupSourceReq", access: SET },
  { name: "MCAST_LEAVE_GROUP", kind: "groupReq", access: SET },
  { name: "MCAST_LEAVE_SOURCE_GROUP", kind: "groupSourceReq", access: SET },
  { name: "MCAST_UNBLOCK_SOURCE", kind: "groupSourceReq", access: SET },
]);
