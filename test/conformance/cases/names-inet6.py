import socket

from support import attempt, bound, listening, name, need_ipv6, say

need_ipv6()
INET6, DGRAM = socket.AF_INET6, socket.SOCK_DGRAM

s = socket.socket(INET6)
say("not bound", s.getsockname())
attempt("not connected", s.getpeername)

listener = listening("::1")
port = listener.getsockname()[1]
say("listener", listener.getsockname())
client = socket.socket(INET6)
client.connect(("::1", port))
server, address = listener.accept()
name(address[1], "client")
say("accept", address)
say("client", client.getsockname(), client.getpeername())
say("server", server.getsockname(), server.getpeername())

for address in ("::1", port), ("::1", port, 0), ("::1", port, 5), ("::1", port, 0, 0):
    s = socket.socket(INET6)
    attempt("connect", lambda: s.connect(address))
    attempt("its peer", s.getpeername)

a, b = bound(DGRAM, "::1", "a"), bound(DGRAM, "::1", "b")
a.sendto(b"hello", b.getsockname())
say("recvfrom", b.recvfrom(10))


def name_of(host):
    s = socket.socket(INET6, DGRAM)
    s.bind((host, 0))
    return (s.getsockname()[0], *s.getsockname()[2:])


for host in "", "::", "::1", "0:0::1", "::ffff:127.0.0.1", "127.0.0.1", "localhost":
    attempt(f"bind {host}", lambda: name_of(host))
attempt("flowinfo out of range", lambda: socket.socket(INET6).bind(("::1", 0, 1 << 20)))
attempt("scope of no interface", lambda: socket.socket(INET6).bind(("fe80::1", 0, 0, 9999)))
attempt("link-local without a scope", lambda: socket.socket(INET6).connect(("fe80::1", port)))
attempt("flowinfo without connecting", lambda: socket.socket(INET6).bind(("::1", 0, (1 << 20) - 1)))
