/** Options of IPv4 sockets. */
import { optionsAt } from "../row.js";

const READ = "read";
const SET = "set";
const CONTROL = "as a control message with what is received";
/** What src/control has no row for. */
const UNNAMED = `${CONTROL}: bytes, which \`decodeControl\` leaves so (\`name: null\`)`;

export const ipOptions = optionsAt("IPPROTO_IP", "ip(7)", [
  { name: "IP_ADD_MEMBERSHIP", kind: "ipMreqn", access: SET },
  { name: "IP_ADD_SOURCE_MEMBERSHIP", kind: "ipMreqSource", access: SET },
  { name: "IP_BIND_ADDRESS_NO_PORT", kind: "bool" },
  { name: "IP_BLOCK_SOURCE", kind: "ipMreqSource", access: SET },
  { name: "IP_CHECKSUM", kind: "bool", note: UNNAMED },
  { name: "IP_DROP_MEMBERSHIP", kind: "ipMreqn", access: SET },
  { name: "IP_DROP_SOURCE_MEMBERSHIP", kind: "ipMreqSource", access: SET },
  { name: "IP_FREEBIND", kind: "bool" },
  { name: "IP_HDRINCL", kind: "bool" },
  { name: "IP_LOCAL_PORT_RANGE", kind: "portRange", note: "both 0: the system's range" },
  { name: "IP_MINTTL", kind: "int", note: "less is dropped (RFC 5082)" },
  { name: "IP_MTU", kind: "int", access: READ, unit: "bytes", note: "of a connected socket" },
  { name: "IP_MTU_DISCOVER", kind: "int", note: "one of `IP_PMTUDISC_*`" },
  { name: "IP_MULTICAST_ALL", kind: "bool" },
  { name: "IP_MULTICAST_IF", kind: "multicastIf" },
  { name: "IP_MULTICAST_LOOP", kind: "bool" },
  { name: "IP_MULTICAST_TTL", kind: "int" },
  { name: "IP_NODEFRAG", kind: "bool" },
  { name: "IP_OPTIONS", kind: "bytes" },
  { name: "IP_PASSSEC", kind: "bool" },
  { name: "IP_PKTINFO", kind: "bool", note: CONTROL },
  { name: "IP_RECVERR", kind: "bool", note: "errors queue for MSG_ERRQUEUE" },
  { name: "IP_RECVERR_RFC4884", kind: "bool" },
  { name: "IP_RECVFRAGSIZE", kind: "bool", note: CONTROL },
  { name: "IP_RECVOPTS", kind: "bool", note: UNNAMED },
  { name: "IP_RECVORIGDSTADDR", kind: "bool", note: CONTROL },
  { name: "IP_RECVTOS", kind: "bool", note: CONTROL },
  { name: "IP_RECVTTL", kind: "bool", note: CONTROL },
  { name: "IP_RETOPTS", kind: "bool", note: UNNAMED },
  { name: "IP_ROUTER_ALERT", kind: "bool", access: SET, note: "raw sockets only" },
  { name: "IP_TOS", kind: "byte", note: "TCP keeps the two ECN bits to itself" },
  { name: "IP_TRANSPARENT", kind: "bool", needs: "CAP_NET_ADMIN" },
  { name: "IP_TTL", kind: "int", note: "1 to 255" },
  { name: "IP_UNBLOCK_SOURCE", kind: "ipMreqSource", access: SET },
  { name: "IP_UNICAST_IF", kind: "interfaceBE" },
  {
    name: "SO_ORIGINAL_DST",
    kind: "sockaddrIn",
    access: READ,
    man: "iptables-extensions(8)",
    note: "where a connection was going before netfilter redirected it; ENOENT without conntrack",
  },
]);
