import socket

from support import attempt, say, tcp_pair

PATTERN = bytes(range(251)) * 200_000


def sent_before_the_timeout(a, b):
    a.settimeout(0.1)
    attempt("sendall", lambda: a.sendall(PATTERN))
    a.shutdown(socket.SHUT_WR)
    arrived = b""
    while data := b.recv(1 << 20):
        arrived += data
    say("a part arrives", 0 < len(arrived) < len(PATTERN), arrived == PATTERN[:len(arrived)])
    # Our error says how much that was; Python's does not.
    say("bytesSent", True)


sent_before_the_timeout(*tcp_pair())
sent_before_the_timeout(*socket.socketpair())

# It goes on where it stopped.
a, b = socket.socketpair()
a.settimeout(0.05)
attempt("sendall", lambda: a.sendall(bytes(4 << 20)))
b.setblocking(False)
try:
    while b.recv(1 << 20):
        pass
except BlockingIOError:
    pass
attempt("sendall once there is room", lambda: a.sendall(b"more"))
attempt("it arrives", lambda: b.recv(10))

a, b = socket.socketpair()
a.setblocking(False)
attempt("sendall without blocking", lambda: a.sendall(bytes(4 << 20)))
attempt("send without blocking", lambda: a.send(b"x"))
a.settimeout(0.05)
attempt("send", lambda: a.send(b"x"))
b.close()
