import socket

from support import attempt, say

INET, UNIX = socket.AF_INET, socket.AF_UNIX
STREAM, DGRAM, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
NONBLOCK, CLOEXEC = socket.SOCK_NONBLOCK, socket.SOCK_CLOEXEC

for args in (
    (),
    (INET,),
    (UNIX,),
    (INET, DGRAM),
    (INET, STREAM, socket.IPPROTO_TCP),
    (UNIX, SEQPACKET),
    (INET, STREAM | NONBLOCK),
    (INET, DGRAM | CLOEXEC),
    (UNIX, STREAM | NONBLOCK | CLOEXEC),
):
    s = socket.socket(*args)
    say("asked", *args)
    say("family, type, proto", s.family, s.type, s.proto)
    say("timeout, blocking, inheritable", s.gettimeout(), s.getblocking(), s.get_inheritable())

a, b = socket.socketpair(UNIX, DGRAM | NONBLOCK)
say("pair", a.type, b.type, a.gettimeout(), b.gettimeout())
attempt("recv", lambda: a.recv(1))

for args in (
    (INET, SEQPACKET),
    (INET, STREAM, socket.IPPROTO_UDP),
    (INET, 99),
    (UNIX, STREAM, 99),
    (12345,),
    (-2,),
    (INET, STREAM, -2),
):
    attempt("no such socket", lambda: socket.socket(*args))
for args in ("x",), (INET, "x"), (INET, STREAM, "x"):
    attempt("no number", lambda: socket.socket(*args))
