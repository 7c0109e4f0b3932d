import os
import socket

from support import attempt, say

file = os.open("file", os.O_CREAT | os.O_RDWR)
attempt("nothing given", lambda: socket.socket(fileno=file))
attempt("family given", lambda: socket.socket(socket.AF_INET, fileno=file))
attempt("all given", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=file))

# A descriptor was closed elsewhere, and a file now has its number.
s = socket.socket()
socket.close(s.fileno())
while file != s.fileno():
    file = os.open("file", os.O_RDWR)
attempt("accept", s.accept)
attempt("bind", lambda: s.bind(("127.0.0.1", 0)))
attempt("connect", lambda: s.connect(("127.0.0.1", 9)))
attempt("getpeername", s.getpeername)
attempt("getsockname", s.getsockname)
attempt("getsockopt", lambda: s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
attempt("listen", s.listen)
attempt("recv", lambda: s.recv(1))
attempt("send", lambda: s.send(b"x"))
attempt("sendall", lambda: s.sendall(b"x"))
attempt("sendto", lambda: s.sendto(b"x", ("127.0.0.1", 9)))
attempt("setsockopt", lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
attempt("shutdown", lambda: s.shutdown(socket.SHUT_RD))
say("getInheritable", s.get_inheritable())
attempt("close", s.close)
