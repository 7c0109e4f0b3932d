/** Options of the families other than the Internet's. */
import { optionsAt } from "../row.js";

const READ = "read";
const SET = "set";

export const packetOptions = optionsAt("SOL_PACKET", "packet(7)", [
  { name: "PACKET_ADD_MEMBERSHIP", kind: "packetMreq", access: SET },
  { name: "PACKET_AUXDATA", kind: "bool" },
  { name: "PACKET_COPY_THRESH", kind: "int", unit: "bytes", access: SET },
  { name: "PACKET_DROP_MEMBERSHIP", kind: "packetMreq", access: SET },
  { name: "PACKET_FANOUT", kind: "bits", note: "a group's id, and `PACKET_FANOUT_*` << 16" },
  { name: "PACKET_FANOUT_DATA", kind: "sockFilter", access: SET, note: "of PACKET_FANOUT_CBPF" },
  { name: "PACKET_IGNORE_OUTGOING", kind: "bool" },
  { name: "PACKET_LOSS", kind: "bool" },
  { name: "PACKET_ORIGDEV", kind: "bool" },
  { name: "PACKET_QDISC_BYPASS", kind: "bool" },
  { name: "PACKET_RESERVE", kind: "uint", unit: "bytes" },
  { name: "PACKET_STATISTICS", kind: "packetStatistics", access: READ, note: "reading resets it" },
  { name: "PACKET_TIMESTAMP", kind: "int", note: "of rings: `SOF_TIMESTAMPING_*`" },
  { name: "PACKET_TX_HAS_OFF", kind: "bool" },
  { name: "PACKET_VERSION", kind: "int", note: "of rings: 0 to 2" },
  { name: "PACKET_VNET_HDR", kind: "bool", note: "raw sockets only" },
]);

export const netlinkOptions = optionsAt("SOL_NETLINK", "netlink(7)", [
  {
    name: "NETLINK_ADD_MEMBERSHIP",
    kind: "int",
    access: SET,
    needs: "CAP_NET_ADMIN to join the groups of most protocols",
    note: "a group's number",
  },
  { name: "NETLINK_BROADCAST_ERROR", kind: "bool" },
  { name: "NETLINK_CAP_ACK", kind: "bool" },
  { name: "NETLINK_DROP_MEMBERSHIP", kind: "int", access: SET, note: "a group's number" },
  { name: "NETLINK_EXT_ACK", kind: "bool" },
  { name: "NETLINK_GET_STRICT_CHK", kind: "bool" },
  { name: "NETLINK_LISTEN_ALL_NSID", kind: "bool", needs: "CAP_NET_BROADCAST" },
  { name: "NETLINK_LIST_MEMBERSHIPS", kind: "bitSet", access: READ, note: "the groups' numbers" },
  { name: "NETLINK_NO_ENOBUFS", kind: "bool" },
  { name: "NETLINK_PKTINFO", kind: "bool" },
]);

export const vsockOptions = optionsAt("AF_VSOCK", "vsock(7)", [
  { name: "SO_VM_SOCKETS_BUFFER_MAX_SIZE", kind: "uint64", unit: "bytes" },
  { name: "SO_VM_SOCKETS_BUFFER_MIN_SIZE", kind: "uint64", unit: "bytes" },
  { name: "SO_VM_SOCKETS_BUFFER_SIZE", kind: "uint64", unit: "bytes" },
  { name: "SO_VM_SOCKETS_CONNECT_TIMEOUT", kind: "timeval", unit: "s" },
]);

export const canOptions = optionsAt("SOL_CAN_RAW", "Documentation/networking/can.rst", [
  { name: "CAN_RAW_ERR_FILTER", kind: "uint", note: "`CAN_ERR_*`, or-ed together" },
  { name: "CAN_RAW_FD_FRAMES", kind: "bool" },
  { name: "CAN_RAW_FILTER", kind: "canFilters", note: "one that fits is enough; none: nothing" },
  { name: "CAN_RAW_JOIN_FILTERS", kind: "bool", note: "every filter has to fit" },
  { name: "CAN_RAW_LOOPBACK", kind: "bool" },
  { name: "CAN_RAW_RECV_OWN_MSGS", kind: "bool" },
  { name: "CAN_RAW_XL_FRAMES", kind: "bool" },
]);

export const tipcOptions = optionsAt("SOL_TIPC", "the TIPC programmer's guide", [
  { name: "TIPC_CONN_TIMEOUT", kind: "uint", unit: "ms" },
  { name: "TIPC_DEST_DROPPABLE", kind: "bool" },
  { name: "TIPC_GROUP_LEAVE", kind: "bareAction", access: SET },
  { name: "TIPC_IMPORTANCE", kind: "uint", note: "one of `TIPC_*_IMPORTANCE`" },
  { name: "TIPC_MCAST_BROADCAST", kind: "bareAction", access: SET },
  { name: "TIPC_MCAST_REPLICAST", kind: "bareAction", access: SET },
  { name: "TIPC_NODELAY", kind: "bool", access: SET },
  { name: "TIPC_NODE_RECVQ_DEPTH", kind: "uint", access: READ, unit: "messages" },
  { name: "TIPC_SOCK_RECVQ_DEPTH", kind: "uint", access: READ, unit: "messages" },
  { name: "TIPC_SOCK_RECVQ_USED", kind: "uint", access: READ, unit: "bytes" },
  { name: "TIPC_SRC_DROPPABLE", kind: "bool" },
]);
