/** What docs/python.md says beyond the names themselves. */

export const head = (version) => `# Python's names, and ours

<!-- Made by scripts/python-page.mjs from test/data/python-3.13-socket.json; do not edit. -->

This page lists each public name of the \`socket\` module of Python ${version} on Linux. Names with an underscore are
written in camelCase here; calls keep their POSIX names, and constants their C names. A call that can wait is marked
*waits*: in \`berkeley\` it returns a Promise and takes \`{ signal }\` as its last argument, and in \`berkeley/sync\` it blocks.
Arguments that Python takes by keyword come in the same order, or in an options object where this page says so.

- A wrong argument is a \`TypeError\`, and one out of range a \`RangeError\`, where Python has \`ValueError\` and \`OverflowError\`. Flags,
  levels and the like may also be given as unsigned numbers (\`CAN_EFF_FLAG\`).
- A signal handler (\`process.on("SIGINT", …)\`) runs only when a blocking call of \`berkeley/sync\` is over, and cannot end it; in
  Python, an exception in the handler does. Without a handler, Ctrl-C ends the process, as usual.
- In an IPv6 host, a zone (\`fe80::1%lo\`) is used if \`scopeId\` is left out; Python's \`bind\` and \`connect\` ignore it.
`;

const waits = "*waits*";

/** Functions whose name is not Python's in camelCase, or which differ from Python's. */
export const functionNotes = {
  CMSG_LEN: { ours: "CMSG_LEN" },
  CMSG_SPACE: { ours: "CMSG_SPACE" },
  create_connection: {
    note: `${waits}; \`{ timeout, sourceAddress, allErrors }\` after the address; with \`allErrors\`, failure is an \`AggregateError\``,
  },
  create_server: {
    note: "`{ family, backlog, reusePort, dualstackIPv6 }` after the address",
  },
  fromfd: { note: "the descriptor is duplicated, as in Python" },
  getaddrinfo: { note: `${waits}; the address in each row is a tuple of its family` },
  getfqdn: { note: waits },
  gethostbyaddr: { note: `${waits}; \`GaiError\` in place of \`herror\`` },
  gethostbyname: { note: waits },
  gethostbyname_ex: { note: `${waits}; \`GaiError\` in place of \`herror\`` },
  getnameinfo: { note: `${waits}; the flags may be left out; a zone (\`fe80::1%lo\`) is kept` },
  getprotobyname: { note: "`ENOENT` if no table has it; Python's error has no number" },
  getservbyname: { note: "`ENOENT` if no table has it; Python's error has no number" },
  getservbyport: { note: "`ENOENT` if no table has it; Python's error has no number" },
  has_dualstack_ipv6: { ours: "hasDualstackIPv6" },
  has_ipv6: { ours: "hasIPv6", note: "a constant, as in Python" },
  if_nametoindex: { note: "`ENODEV` if there is none; Python's error has no number" },
  inet_aton: { note: "`EINVAL` for other text; Python's error has no number" },
  inet_ntop: { note: "takes any bytes; a wrong length is a `RangeError`" },
  inet_ntoa: { note: "takes any bytes; a wrong length is a `RangeError`" },
  inet_pton: { note: "`EINVAL` for other text; Python's error has no number" },
  recv_fds: { note: `${waits}; received descriptors are close-on-exec` },
  send_fds: { note: waits },
};

/** Members of a socket that differ from Python's. */
export const members = {
  accept: { note: `${waits}; a listener can be iterated over, too` },
  bind: { note: "a host that is not numeric is resolved in place, in both entry points" },
  connect: {
    note: `${waits}; on a socket with a timeout, too, the next call finds it either connected or not (\`EISCONN\`, \`ENOTCONN\`); in Python it is still 'connecting'`,
  },
  connect_ex: { note: waits },
  family: { note: "a number" },
  getsockopt: { note: "`getOption(socket, name)` knows the types of options (options.md)" },
  proto: { note: "a number" },
  recv: { note: `${waits}; a \`Buffer\`` },
  recv_into: { note: waits },
  recvfrom: { note: `${waits}; \`null\` if the kernel gives no address` },
  recvfrom_into: { note: waits },
  recvmsg: { note: `${waits}; \`decodeControl\` reads the usual control messages` },
  recvmsg_into: { note: `${waits}; an array of buffers, where Python takes any iterable` },
  send: { note: `${waits}; a string is sent as UTF-8` },
  sendall: { note: `${waits}; an error has the number of bytes sent as \`bytesSent\`` },
  sendfile: {
    note: `${waits}; takes a descriptor or a \`FileHandle\`, and leaves its position unchanged; with a timeout of 0, it sends what fits and then gives \`EAGAIN\`, where Python refuses`,
  },
  sendmsg: {
    note: `${waits}; an array of buffers, where Python takes any iterable; \`encodeControl\` writes the usual control messages`,
  },
  sendmsg_afalg: { note: `${waits}; \`{ op, iv, assoclen, flags }\` after the buffers` },
  sendto: { note: waits },
  setsockopt: { note: "`setOption(socket, name, value)` knows the types of options (options.md)" },
  timeout: { note: "the same as `gettimeout()`" },
  type: { note: "a number, without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`" },
};

/** What takes the place of a class or an exception; `exported` must be there in both faces. */
export const others = {
  SocketType: { ours: "`Socket`", exported: "Socket", note: "Python's other name for the class" },
  error: { ours: "`SocketError`", exported: "SocketError", note: "`code`, `errno`, `syscall`" },
  gaierror: { ours: "`GaiError`", exported: "GaiError", note: "a `SocketError`, too" },
  herror: {
    ours: "`GaiError`",
    exported: "GaiError",
    note: "h_errno, as the `EAI_*` number with the same meaning",
  },
  socket: {
    ours: "`socket()`, `Socket`",
    exported: "Socket",
    note: "`fileno` is in an options object; `using` in place of `with`",
  },
  timeout: {
    ours: "`TimeoutError`",
    exported: "TimeoutError",
    note: "only for the socket's own timeout, as in Python; a `SocketError`, too",
  },
  AddressFamily: { ours: "type `Family`", note: "an enum in Python; numbers here (`AF_*`)" },
  AddressInfo: { ours: "numbers", note: "an enum in Python, of the flags `AI_*`" },
  MsgFlag: { ours: "numbers", note: "an enum in Python, of the flags `MSG_*`" },
  SocketKind: { ours: "numbers", note: "an enum in Python, of the types `SOCK_*`" },
  errno: {
    ours: "`os.constants.errno`",
    note: "a module that Python's imports; in Node it is in node:os",
  },
};

const imported =
  "a module or class that Python's implementation imports; not part of the interface";

/** What is missing, and why. */
export const missing = {
  others: {
    CAPI: "for Python extension modules written in C",
    SocketIO: "what `makefile` gives: see there",
    IntEnum: imported,
    IntFlag: imported,
    array: imported,
    io: imported,
    os: imported,
    selectors: imported,
    sys: imported,
  },
  members: {
    makefile:
      "a Python file object; here, use a loop over `recv`, or a stream of `node:net`: " +
      "`new net.Socket({ fd: socket.detach() })`",
  },
};

/** The constants, in groups; each name is in the first group that it fits. */
export const groups = [
  ["Address families", /^AF_/],
  ["Types", /^SOCK_/],
  ["Levels", /^SOL_/],
  ["Options of sockets", /^SO_/],
  ["Control messages", /^SCM_/],
  ["Flags of messages", /^MSG_/],
  ["Shutdown and backlog", /^(SHUT_|SOMAXCONN$)/],
  ["Protocols and ports", /^(IPPROTO_|IPPORT_)/],
  ["IPv4", /^(IP_|INADDR_|IPX_)/],
  ["IPv6", /^IPV6_/],
  ["TCP", /^TCP_/],
  ["UDP and UDP-Lite", /^(UDP|UDPLITE)_/],
  ["Resolving", /^(AI|NI|EAI)_/],
  ["Packets", /^(PACKET_|PF_PACKET$|ETH_P_|ETHERTYPE_)/],
  ["CAN", /^(CAN_|PF_CAN$|J1939_)/],
  ["RDS", /^(RDS_|PF_RDS$)/],
  ["TIPC", /^TIPC_/],
  ["vsock", /^(VMADDR_|VM_SOCKETS_|SO_VM_|IOCTL_VM_)/],
  ["Netlink", /^(NETLINK_|NLM_)/],
  ["Kernel cryptography", /^ALG_/],
  ["Bluetooth", /^(BTPROTO_|BDADDR_|HCI_|BT_)/],
  ["The rest", /./],
];
