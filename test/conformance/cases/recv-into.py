import socket

from support import attempt, say

a, b = socket.socketpair()
a.sendall(b"abcdefghijklmnopqrstuvwxyz")
buffer = bytearray(b"........")
attempt("nbytes", lambda: b.recv_into(buffer, 3))
say("buffer", bytes(buffer))
attempt("nbytes 0 is the whole", lambda: b.recv_into(buffer, 0))
say("buffer", bytes(buffer))
attempt("a part of a larger one", lambda: b.recv_into(memoryview(buffer)[2:5]))
say("buffer", bytes(buffer))
attempt("recvfromInto", lambda: b.recvfrom_into(buffer, 2))
say("buffer", bytes(buffer))
attempt("more than it holds", lambda: b.recv_into(buffer, 9))
attempt("recvfromInto more than it holds", lambda: b.recvfrom_into(buffer, 9))
attempt("a negative count", lambda: b.recv_into(buffer, -1))
attempt("recvfromInto a negative count", lambda: b.recvfrom_into(buffer, -1))
attempt("what cannot be written", lambda: b.recv_into("text"))
attempt("nothing was lost", lambda: b.recv(100))
