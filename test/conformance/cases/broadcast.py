import socket

from support import attempt, bound

receiver = bound(socket.SOCK_DGRAM, "0.0.0.0", "receiver")
everyone = ("127.255.255.255", receiver.getsockname()[1])

s = bound(socket.SOCK_DGRAM, label="sender")
attempt("sendto without SO_BROADCAST", lambda: s.sendto(b"x", everyone))
attempt("connect without SO_BROADCAST", lambda: s.connect(everyone))
attempt("SO_BROADCAST", lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1))
attempt("sendto", lambda: s.sendto(b"hello all", everyone))
attempt("it arrives", lambda: receiver.recvfrom(10))
attempt("connect", lambda: s.connect(everyone))
attempt("peer", s.getpeername)
attempt("tcp", lambda: socket.socket().connect(everyone))
