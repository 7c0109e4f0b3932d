import socket

from support import attempt, say

say("gethostname", socket.gethostname())
for args in ("http",), ("http", "tcp"), ("domain", "udp"), ("http", "none"), ("no such service",):
    attempt("getservbyname", lambda: socket.getservbyname(*args))
for args in (80,), (53, "udp"), (80, "none"), (65535,), (65536,), (-1,):
    attempt("getservbyport", lambda: socket.getservbyport(*args))
for text in "tcp", "udp", "icmp", "no such protocol":
    attempt("getprotobyname", lambda: socket.getprotobyname(text))

attempt("ifNametoindex", lambda: socket.if_nametoindex("lo"))
attempt("ifIndextoname", lambda: socket.if_indextoname(1))
say("ifNameindex", (1, "lo") in socket.if_nameindex())
attempt("no such name", lambda: socket.if_nametoindex("none"))
attempt("no such index", lambda: socket.if_indextoname(9999))

say("CMSG_LEN", *(socket.CMSG_LEN(n) for n in (0, 1, 4, 100)))
say("CMSG_SPACE", *(socket.CMSG_SPACE(n) for n in (0, 1, 4, 100)))
attempt("CMSG_LEN of fewer than none", lambda: socket.CMSG_LEN(-1))

HOST = socket.NI_NUMERICHOST
NUMERIC = HOST | socket.NI_NUMERICSERV
attempt("getnameinfo", lambda: socket.getnameinfo(("127.0.0.1", 80), NUMERIC))
attempt("getnameinfo of IPv6", lambda: socket.getnameinfo(("::1", 80, 0, 0), NUMERIC))
attempt("getnameinfo, a service", lambda: socket.getnameinfo(("127.0.0.1", 80), HOST))
attempt("getnameinfo of a name", lambda: socket.getnameinfo(("localhost", 80), NUMERIC))
attempt("gethostbyname", lambda: socket.gethostbyname("127.0.0.1"))
attempt("gethostbyname of a name", lambda: socket.gethostbyname("localhost"))
attempt("gethostbyname of none", lambda: socket.gethostbyname(""))
attempt("gethostbynameEx", lambda: socket.gethostbyname_ex("127.0.0.1"))
