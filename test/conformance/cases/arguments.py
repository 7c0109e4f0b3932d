import socket

from support import attempt

INET, UNIX = socket.AF_INET, socket.AF_UNIX


def tcp():
    return socket.socket()


def udp():
    return socket.socket(INET, socket.SOCK_DGRAM)


for address in ("127.0.0.1", 65536), ("127.0.0.1", -1):
    attempt("port of bind", lambda: tcp().bind(address))
    attempt("port of connect", lambda: tcp().connect(address))
    attempt("port of connectEx", lambda: tcp().connect_ex(address))
    attempt("port of sendto", lambda: udp().sendto(b"x", address))
for address in (
    "127.0.0.1",
    80,
    None,
    ("127.0.0.1",),
    ("127.0.0.1", "80"),
    (1, 2),
    ("127.0.0.1", 1, 2),
):
    attempt("no IPv4 address", lambda: tcp().bind(address))
for address in "::1", ("::1",), ("::1", 1, 2, 3, 4), ("::1", 65536), ("::1", 0, -1):
    attempt("no IPv6 address", lambda: socket.socket(socket.AF_INET6).bind(address))
for address in 1, None, ("127.0.0.1", 1):
    attempt("no Unix address", lambda: socket.socket(UNIX).bind(address))

a, _ = socket.socketpair()
attempt("recv of fewer than none", lambda: a.recv(-1))
attempt("recvfrom of fewer than none", lambda: a.recvfrom(-1))
attempt("recv of no number", lambda: a.recv("x"))
attempt("send of a number", lambda: a.send(1))
attempt("send of nothing", lambda: a.send(None))
attempt("sendall of a number", lambda: a.sendall(1))
attempt("sendto without an address", lambda: udp().sendto(b"x"))
attempt("shutdown of no number", lambda: a.shutdown("x"))
attempt("listen of no number", lambda: tcp().listen("x"))
attempt("a negative backlog", lambda: tcp().listen(-1))
attempt("getsockopt of no number", lambda: a.getsockopt("x", 1))
attempt("flags of no number", lambda: a.recv(1, "x"))
for flag in None, "x", 0, 1:
    attempt("setblocking", lambda: a.setblocking(flag))
    attempt("setInheritable", lambda: a.set_inheritable(flag))
    attempt("then", lambda: [a.getblocking(), a.get_inheritable()])
