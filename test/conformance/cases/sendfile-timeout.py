import socket

from support import attempt, listening, peer, tcp_pair

BYTES = 4 << 20
with open("file", "wb") as f:
    f.truncate(BYTES)
file = open("file", "rb")

# The timeout starts again with each wait: a peer that is slow, but keeps reading, does not end the call.
listener = listening()
peer("connect", listener.getsockname()[1], "sip")
s, _ = listener.accept()
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
s.settimeout(0.8)
attempt("to a slow reader", lambda: s.sendfile(file))
s.shutdown(socket.SHUT_WR)
s.settimeout(30)
attempt("what it counted", lambda: s.recv(100))

a, b = tcp_pair()
a.settimeout(0.05)
attempt("to one that does not read", lambda: a.sendfile(file))
b.close()
