import socket

from support import attempt, say

LOCAL = socket.gethostname()

# The hosts file answers these, or they need no look-up at all.
for host in "localhost", LOCAL, "127.0.0.1", "127.1", "", "<broadcast>", "0x7f.1", b"localhost":
    attempt("gethostbyname", lambda: socket.gethostbyname(host))
for host in "localhost", LOCAL, "127.0.0.1", "127.1", "":
    attempt("gethostbynameEx", lambda: socket.gethostbyname_ex(host))
for host in "localhost", "127.0.0.1", "127.1", LOCAL:
    attempt("gethostbyaddr", lambda: socket.gethostbyaddr(host))
for host in "localhost", "  localhost\n", "127.0.0.1", LOCAL:
    attempt("getfqdn", lambda: socket.getfqdn(host))
own = socket.getfqdn()
say("getfqdn of none", *(socket.getfqdn(host) == own for host in ("", "0.0.0.0", "::")))
for flags in 0, socket.NI_NUMERICHOST, socket.NI_NUMERICSERV, socket.NI_DGRAM, socket.NI_NAMEREQD:
    attempt("getnameinfo", lambda: socket.getnameinfo(("127.0.0.1", 53), flags))
NUMERIC = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
for address in ("127.1", 1), ("::1", 1), ("::1", 1, 0, 0), ("fe80::1", 1, 0, 1), ("localhost", 1):
    attempt("getnameinfo", lambda: socket.getnameinfo(address, NUMERIC))
for address in ("::1", 1, 0x100000), (None, 1), ("127.0.0.1",), ("", 1):
    attempt("getnameinfo of no address", lambda: socket.getnameinfo(address, NUMERIC))
attempt("flags that there are not", lambda: socket.getnameinfo(("127.0.0.1", 1), 1 << 20))
attempt("an IPv6 address", lambda: socket.gethostbyname("::1"))
for call in socket.gethostbyname, socket.gethostbyname_ex, socket.gethostbyaddr:
    attempt("no name", lambda: call(1))
attempt("no look-up", lambda: socket.getaddrinfo(b"localhost", b"http", socket.AF_INET, 1))
# Hosts with letters of other scripts, and with what a URL would make something else of.
NAMES = (
    *("127.0.0.1/ü", "127.0.0.1?ü", "127.0.0.1#ü", "127.0.0.1\\ü", "127.0.0.1:1/ü", "127.0.0.1\tü"),
    *("127.0.\n0.1/ü", "ü@127.0.0.1", "%31%32%37.0.0.1/ü", "::1/ü", "[::1]/ü"),
    *("１２７.０.０.１", "１２７.１", "127。0。0。1", "０x7f.1", "０10.1", "１.2.3.4.", "０x", "０x.1", "ü"),
)
for host in NAMES:
    for family in socket.AF_INET, socket.AF_INET6:
        hints = family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST
        attempt("no URL", lambda: socket.getaddrinfo(host, 1, *hints))
for host in "１２７.０.０.１", "127。1", "ｌｏｃａｌｈｏｓｔ":
    attempt("gethostbyname", lambda: socket.gethostbyname(host))
