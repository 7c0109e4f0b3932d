import socket

from support import attempt, need_ipv6, say

need_ipv6()
SOL = socket.SOL_SOCKET
say("hasIPv6", socket.has_ipv6)
say("hasDualstackIPv6", socket.has_dualstack_ipv6())


def describe(s):
    host, port = s.getsockname()[:2]
    say("server", s.family, s.type, host, port > 0, s.gettimeout())
    say("listens", s.getsockopt(SOL, socket.SO_ACCEPTCONN), s.getsockopt(SOL, socket.SO_REUSEADDR),
        s.getsockopt(SOL, socket.SO_REUSEPORT))


s = socket.create_server(("127.0.0.1", 0))
describe(s)
client = socket.create_connection(s.getsockname())
accepted, address = s.accept()
say("accept", address == client.getsockname())
attempt("in use", lambda: socket.create_server(s.getsockname()))

shared = socket.create_server(("127.0.0.1", 0), reuse_port=True)
describe(shared)
other = socket.create_server(shared.getsockname(), reuse_port=True)
say("shared", other.getsockname() == shared.getsockname())

s = socket.create_server(("", 0))
describe(s)
s = socket.create_server(("::1", 0), family=socket.AF_INET6)
describe(s)
say("IPV6_V6ONLY", s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
s = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
describe(s)
say("IPV6_V6ONLY", s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
client = socket.create_connection(("127.0.0.1", s.getsockname()[1]))
_, address = s.accept()
say("an IPv4 client", address[0], address[1] == client.getsockname()[1])

attempt("dual-stack IPv4", lambda: socket.create_server(("", 0), dualstack_ipv6=True))
attempt("not of this machine", lambda: socket.create_server(("192.0.2.1", 0)))

small = socket.create_server(("127.0.0.1", 0), backlog=0)
first = socket.create_connection(small.getsockname())
address = small.getsockname()
attempt("a backlog of 0 holds one", lambda: socket.create_connection(address, timeout=0.05))

unix = socket.create_server("", family=socket.AF_UNIX)
say("Unix", unix.type, unix.getsockopt(SOL, socket.SO_ACCEPTCONN))

socket.setdefaulttimeout(2.5)
describe(socket.create_server(("127.0.0.1", 0)))
