/**
 * Which names the package takes from which header, and the Debian package that has the header.
 *
 * A row takes every integer or string macro and every enumerator that the header, or one that it
 * includes, defines under one of the row's names; `RTM_*` stands for all that begin with RTM_. Each
 * row is a program of its own, since many kernel headers and their C library cousins cannot be
 * included together (netinet/tcp.h and linux/tcp.h). Two rows that disagree on a value are an error.
 * A header that needs another comes after it.
 *
 * We take what a call on a socket can use: not the ioctls, and not the rings that need mmap(2). A
 * thousand names add some 4 ms to the import, so of the large netlink headers only what programs
 * need most is taken.
 */
const libc = {
  "sys/socket.h": "AF_* PF_* SOCK_* SOL_* SO_* SOMAXCONN MSG_* SCM_* SHUT_*",
  "sys/uio.h": "UIO_MAXIOV",
  "netinet/in.h":
    "IPPROTO_* IPPORT_RESERVED IPPORT_USERRESERVED IP_* IPV6_* MCAST_* INADDR_* INET_ADDRSTRLEN " +
    "INET6_ADDRSTRLEN SOL_*",
  "netinet/ip.h": "IP_* IPTOS_* IPDEFTTL IPVERSION MAXTTL",
  "netinet/ip_icmp.h": "ICMP_*",
  "netinet/icmp6.h":
    "ICMP6_* ICMPV6_* MLD_* ND_ROUTER_SOLICIT ND_ROUTER_ADVERT ND_NEIGHBOR_SOLICIT " +
    "ND_NEIGHBOR_ADVERT ND_REDIRECT",
  "netinet/tcp.h": "TCP_* TCPI_* TH_* SOL_*",
  "netinet/udp.h": "UDP_* SOL_*",
  "netdb.h": "AI_* NI_* EAI_*",
  "net/if.h": "IFF_* IF_NAMESIZE IFNAMSIZ",
  "net/if_arp.h": "ARPHRD_* ARPOP_*",
  "net/ethernet.h": "ETHERTYPE_*",
  "poll.h": "POLL*",
  "sys/epoll.h": "EPOLL*",
  // For SO_TXTIME.
  "time.h": "CLOCK_MONOTONIC CLOCK_REALTIME CLOCK_TAI",
  // The three that Python's socket has; errno.generated.ts has them all.
  "errno.h": "EAGAIN EBADF EWOULDBLOCK",
};

const kernel = {
  "linux/un.h": "UNIX_PATH_MAX",
  "linux/in.h": "IP_* IPPROTO_* MCAST_*",
  "linux/in6.h": "IPV6_*",
  "linux/icmp.h": "ICMP_*",
  "linux/icmpv6.h": "ICMPV6_*",
  "linux/tcp.h": "TCP_* TCPI_*",
  "linux/udp.h": "UDP_* UDPLITE_*",
  "linux/mptcp.h": "MPTCP_INFO MPTCP_TCPINFO MPTCP_SUBFLOW_ADDRS MPTCP_FULL_INFO",
  "linux/tls.h": "TLS_TX* TLS_RX* TLS_INFO_* TLS_SET_* TLS_GET_* TLS_1_* TLS_CIPHER_*",
  "linux/sctp.h": "SCTP_* MSG_NOTIFICATION",
  "linux/netfilter_ipv4.h": "SO_ORIGINAL_DST",
  "linux/netfilter_ipv6/ip6_tables.h": "IP6T_SO_ORIGINAL_DST",
  "linux/errqueue.h": "SO_EE_* SCM_TSTAMP_*",
  "linux/net_tstamp.h": "SOF_TIMESTAMPING_* SOF_TXTIME_*",
  "linux/filter.h": "BPF_* SKF_*",
  "linux/if.h": "IFF_* IF_OPER_*",
  "linux/if_arp.h": "ARPHRD_*",
  "linux/if_ether.h": "ETH_P_* ETH_ALEN ETH_HLEN ETH_ZLEN ETH_DATA_LEN ETH_FRAME_LEN",
  // The status in PACKET_AUXDATA.
  "linux/if_packet.h": "PACKET_* TP_STATUS_COPY TP_STATUS_LOSING TP_STATUS_CSUM* TP_STATUS_VLAN_*",
  "linux/netlink.h": "NETLINK_* NLM_F_* NLMSG_* NLA_* SOCK_*",
  "linux/netfilter/nfnetlink.h": "NFNLGRP_*",
  "linux/genetlink.h":
    "GENL_ID_CTRL GENL_NAMSIZ GENL_HDRLEN CTRL_CMD_GETFAMILY CTRL_CMD_NEWFAMILY " +
    "CTRL_ATTR_FAMILY_ID CTRL_ATTR_FAMILY_NAME CTRL_ATTR_VERSION CTRL_ATTR_MCAST_GROUPS " +
    "CTRL_ATTR_MCAST_GRP_*",
  "linux/rtnetlink.h":
    "RTM_* RTMGRP_* RTNLGRP_* RTN_* RT_SCOPE_* RT_TABLE_* RTA_* IFA_* NDA_* NUD_* IFLA_ADDRESS " +
    "IFLA_BROADCAST IFLA_IFNAME IFLA_MTU IFLA_LINK IFLA_MASTER IFLA_OPERSTATE IFLA_STATS64",
  "linux/sock_diag.h": "SOCK_DIAG_* SOCK_DESTROY SK_MEMINFO_*",
  "linux/inet_diag.h": "INET_DIAG_*",
  "linux/unix_diag.h": "UNIX_DIAG_* UDIAG_*",
  "linux/vm_sockets.h":
    "VMADDR_* VM_SOCKETS_* SO_VM_SOCKETS_* IOCTL_VM_SOCKETS_* SOL_VSOCK VSOCK_RECVERR",
  "linux/can.h": "CAN_* CANFD_* CANXL_*",
  "linux/can/raw.h": "CAN_RAW_* SOL_CAN_*",
  "linux/can/bcm.h": "TX_* RX_* SETTIMER STARTTIMER CAN_FD_FRAME",
  "linux/can/error.h": "CAN_ERR_*",
  "linux/can/isotp.h": "CAN_ISOTP_* SOL_CAN_*",
  "linux/can/j1939.h": "J1939_* SO_J1939_* SCM_J1939_* SOL_CAN_*",
  "linux/tipc.h": "TIPC_*",
  "linux/rds.h": "RDS_* SO_RDS_*",
  "linux/if_alg.h": "ALG_*",
  "linux/qrtr.h": "QRTR_*",
};

const bluetooth = {
  "bluetooth/bluetooth.h": "BTPROTO_* BDADDR_* BT_* SOL_*",
  "bluetooth/bluetooth.h bluetooth/hci.h":
    "HCI_FILTER HCI_DATA_DIR HCI_TIME_STAMP HCI_CHANNEL_* HCI_DEV_NONE",
  "bluetooth/bluetooth.h bluetooth/l2cap.h": "L2CAP_OPTIONS L2CAP_CONNINFO L2CAP_LM*",
  "bluetooth/bluetooth.h bluetooth/rfcomm.h": "RFCOMM_CONNINFO RFCOMM_LM*",
  "bluetooth/bluetooth.h bluetooth/sco.h": "SCO_OPTIONS SCO_CONNINFO",
};

/** These names say too little by themselves: Python's socket puts the same words before them. */
const prepended = { "linux/can/bcm.h": "CAN_BCM_" };

/** Names that a row catches, but that are not constants. */
const left = [
  /^SCM_SRCRT$/, // stands for IPV6_RXSRCRT, which no header defines
  /^ICMP_TSLEN$/, // the sizeof of a BSD type that glibc lacks
  /^TCP_FLAG_|^TCP_RESERVED_BITS$|^TCP_DATA_OFFSET$/, // words in network order, not numbers
  // No call takes these: values inside packets, sizes, and options that the kernel has dropped.
  /^IPV6_(PRIORITY|TLV)_|^TCP_(NLA|COOKIE)_|^TIPC_(ZONE|CLUSTER|NODE)_(BITS|OFFSET|SIZE|MASK)$/,
  /^TLS_CIPHER_\w+_SIZE$|^RDS_(INFO|IB)_/,
  // Counts, which the next version of the header changes:
  /^(AF|PF|IPPROTO|SCTP_SN_TYPE|SCTP_SS|SCTP_PR_SCTP|RDS_MSG_RX_DGRAM_TRACE)_MAX$/,
  /^SOF_\w+_LAST$|^(CAN_NPROTO|RDS_TRANS_COUNT|SK_MEMINFO_VARS)$/,
];

/** `#define RTM_MAX (__RTM_MAX - 1)` is such a count, too: recognized by its form, so that no list is
 *  needed. */
const count = /^\(*__(?!IOV_)\w+_(MAX|LAST)\b/;

export const isConstant = (name, replacement) =>
  !left.some((pattern) => pattern.test(name)) && !count.test(replacement);

const rowsOf = (debianPackage, table) =>
  Object.entries(table).map(([header, names]) => ({
    header,
    debianPackage,
    names: names.split(" "),
    prepend: prepended[header] ?? "",
  }));

export const headers = [
  ...rowsOf("libc6-dev", libc),
  ...rowsOf("linux-libc-dev", kernel),
  ...rowsOf("libbluetooth-dev", bluetooth),
];

/** Python's socket defines these itself, since no header that programs can include has them. */
export const pythonsOwn = [
  "ALG_OP_SIGN",
  "ALG_OP_VERIFY",
  "ALG_SET_PUBKEY",
  "UDPLITE_RECV_CSCOV",
  "UDPLITE_SEND_CSCOV",
];

export const errnoHeader = { ...headers.find((row) => row.header === "errno.h"), names: ["E*"] };
export const gaiHeader = { ...headers.find((row) => row.header === "netdb.h"), names: ["EAI_*"] };
