/** Options of TCP, UDP, UDP-Lite and raw sockets. */
import { optionsAt } from "../row.js";

const READ = "read";

export const tcpOptions = optionsAt("IPPROTO_TCP", "tcp(7)", [
  {
    name: "TCP_CC_INFO",
    kind: "bytes",
    access: READ,
    note: "union tcp_cc_info of linux/inet_diag.h",
  },
  {
    name: "TCP_CONGESTION",
    kind: "string",
    needs: "CAP_NET_ADMIN to use one that net.ipv4.tcp_allowed_congestion_control lacks",
  },
  { name: "TCP_CORK", kind: "bool" },
  { name: "TCP_DEFER_ACCEPT", kind: "int", unit: "s", note: "rounded up to a number of retries" },
  { name: "TCP_FASTOPEN", kind: "int", note: "the length of a listener's queue of requests" },
  { name: "TCP_FASTOPEN_CONNECT", kind: "bool" },
  { name: "TCP_FASTOPEN_KEY", kind: "bytes", note: "16 bytes, or 32 with a backup" },
  { name: "TCP_FASTOPEN_NO_COOKIE", kind: "bool" },
  { name: "TCP_INFO", kind: "tcpInfo", access: READ },
  { name: "TCP_INQ", kind: "bool", note: "with TCP_CM_INQ, what is left to receive" },
  { name: "TCP_KEEPCNT", kind: "int", unit: "probes" },
  { name: "TCP_KEEPIDLE", kind: "int", unit: "s" },
  { name: "TCP_KEEPINTVL", kind: "int", unit: "s" },
  { name: "TCP_LINGER2", kind: "int", unit: "s", note: "of FIN_WAIT2; -1: none" },
  { name: "TCP_MAXSEG", kind: "int", unit: "bytes", note: "read: what is in use" },
  { name: "TCP_NODELAY", kind: "bool" },
  { name: "TCP_NOTSENT_LOWAT", kind: "uint", unit: "bytes" },
  { name: "TCP_QUICKACK", kind: "bool", note: "not for good: the kernel leaves it by itself" },
  { name: "TCP_SAVED_SYN", kind: "bytes", access: READ, note: "once; empty where none is kept" },
  { name: "TCP_SAVE_SYN", kind: "int", note: "of listeners; 2: with the link's header" },
  { name: "TCP_SYNCNT", kind: "int", unit: "retries" },
  { name: "TCP_THIN_LINEAR_TIMEOUTS", kind: "bool" },
  { name: "TCP_TIMESTAMP", kind: "uint", note: "set: TCP_REPAIR only" },
  { name: "TCP_TX_DELAY", kind: "int", unit: "µs" },
  { name: "TCP_ULP", kind: "string", note: '`"tls"`, `"mptcp"`, …; `""` where there is none' },
  { name: "TCP_USER_TIMEOUT", kind: "int", unit: "ms", note: "0: the system's default" },
  { name: "TCP_WINDOW_CLAMP", kind: "int", unit: "bytes" },
]);

export const udpOptions = optionsAt("IPPROTO_UDP", "udp(7)", [
  { name: "UDP_CORK", kind: "bool" },
  { name: "UDP_ENCAP", kind: "int", note: "one of `UDP_ENCAP_*`" },
  { name: "UDP_GRO", kind: "bool", note: "datagrams arrive joined, with their size" },
  { name: "UDP_NO_CHECK6_RX", kind: "bool" },
  { name: "UDP_NO_CHECK6_TX", kind: "bool" },
  {
    name: "UDP_SEGMENT",
    kind: "int",
    unit: "bytes",
    note: "what is sent is cut into this; 0: not",
  },
]);

export const udpliteOptions = optionsAt("IPPROTO_UDPLITE", "udplite(7)", [
  { name: "UDPLITE_RECV_CSCOV", kind: "int", unit: "bytes" },
  { name: "UDPLITE_SEND_CSCOV", kind: "int", unit: "bytes" },
]);

export const rawOptions = optionsAt("SOL_RAW", "raw(7)", [
  { name: "ICMP_FILTER", kind: "bits", note: "a bit for each ICMP type that is not received" },
]);

export const icmp6Options = optionsAt("IPPROTO_ICMPV6", "RFC 3542", [
  { name: "ICMPV6_FILTER", kind: "bytes", note: "32 bytes: a bit for each type that is dropped" },
]);

export const sctpOptions = optionsAt("IPPROTO_SCTP", "sctp(7)", [
  { name: "SCTP_AUTOCLOSE", kind: "int", unit: "s", note: "one-to-many sockets only" },
  { name: "SCTP_DISABLE_FRAGMENTS", kind: "bool" },
  { name: "SCTP_I_WANT_MAPPED_V4_ADDR", kind: "bool" },
  { name: "SCTP_NODELAY", kind: "bool" },
  { name: "SCTP_RECVNXTINFO", kind: "bool" },
  { name: "SCTP_RECVRCVINFO", kind: "bool" },
]);
