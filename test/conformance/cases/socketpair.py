import socket

from support import attempt, say

UNIX = socket.AF_UNIX
for args in (), (UNIX,), (UNIX, socket.SOCK_DGRAM), (UNIX, socket.SOCK_SEQPACKET, 0):
    a, b = socket.socketpair(*args)
    for s in a, b:
        say("socket", s.family, s.type, s.proto, s.gettimeout(), s.get_inheritable())
    a.sendall(b"hello")
    attempt("one way", lambda: b.recv(10))
    b.sendall(b"answer")
    attempt("the other", lambda: a.recv(10))

attempt("a family without pairs", lambda: socket.socketpair(socket.AF_INET))
attempt("no such family", lambda: socket.socketpair(12345))
attempt("no such type", lambda: socket.socketpair(UNIX, 99))
