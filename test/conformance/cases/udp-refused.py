import socket

from support import attempt, errno_name, say, unused_port

nobody = ("127.0.0.1", unused_port(socket.SOCK_DGRAM))

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(nobody)
attempt("send", lambda: s.send(b"x"))
attempt("recv", lambda: s.recv(10))
say("the error is told once", errno_name(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
s.settimeout(5)
attempt("send", lambda: s.send(b"x"))
attempt("recvfrom with a timeout", lambda: s.recvfrom(10))

s.send(b"x")
attempt("a peek is told as well", lambda: s.recv(10, socket.MSG_PEEK))
attempt("sendall", lambda: s.sendall(b"x"))
attempt("recvInto", lambda: s.recv_into(bytearray(10)))

loose = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
loose.settimeout(0.05)
attempt("sendto", lambda: loose.sendto(b"x", nobody))
attempt("one that is not connected is not told", lambda: loose.recv(10))
