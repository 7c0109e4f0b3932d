import socket

from support import attempt, errno_name, listening, say, unused_port

nobody = ("127.0.0.1", unused_port())
s = socket.socket()
attempt("connect", lambda: s.connect(nobody))
attempt("connect again", lambda: s.connect(nobody))
attempt("its peer", s.getpeername)
listener = listening()
attempt("connect to one that listens", lambda: s.connect(listener.getsockname()))
attempt("its peer", s.getpeername)

say("connectEx", errno_name(socket.socket().connect_ex(nobody)))

s = socket.socket()
s.settimeout(5)
attempt("connect with a timeout", lambda: s.connect(nobody))
