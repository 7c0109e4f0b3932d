import socket

from support import attempt, say

a, b = socket.socketpair()
other = socket.socket(fileno=a.fileno())
say("one descriptor", other.fileno() == a.fileno())
b.sendall(b"abcdef")
attempt("the first reads", lambda: a.recv(3))
attempt("the second reads", lambda: other.recv(3))
attempt("the first sends", lambda: a.sendall(b"1"))
attempt("the second sends", lambda: other.sendall(b"2"))
attempt("both arrive", lambda: b.recv(10))

other.settimeout(0.05)
say("timeouts", a.gettimeout(), other.gettimeout())
attempt("the second waits", lambda: other.recv(1))
other.setblocking(True)

attempt("the first closes", a.close)
attempt("the second reads", lambda: other.recv(1))
attempt("the second sends", lambda: other.send(b"x"))
attempt("the second closes", other.close)
say("numbers", a.fileno(), other.fileno())
attempt("the peer sees the end", lambda: b.recv(1))
