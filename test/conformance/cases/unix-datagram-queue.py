import socket

from support import attempt, peer, wait_for_path

UNIX, DGRAM = socket.AF_UNIX, socket.SOCK_DGRAM


def fill(s, *address):
    """Sends until the receiver's queue is full, and fails with the error that says so."""
    s.setblocking(False)
    while True:
        s.sendto(b"x", *address) if address else s.send(b"x")


server = socket.socket(UNIX, DGRAM)
server.bind("server")
loose = socket.socket(UNIX, DGRAM)
attempt("sendto without blocking", lambda: fill(loose, "server"))
connected = socket.socket(UNIX, DGRAM)
connected.connect("server")
attempt("send without blocking", lambda: fill(connected))
for s in loose, connected:
    s.settimeout(0.05)
attempt("sendto with a timeout", lambda: loose.sendto(b"x", "server"))
attempt("send with a timeout", lambda: connected.send(b"x"))
loose.setblocking(True)
attempt("sendto at once", lambda: loose.sendto(b"x", socket.MSG_DONTWAIT, "server"))
server.recv(1)
attempt("once there is room", lambda: loose.sendto(b"x", "server"))

# The queue belongs to a socket in another process, which reads after a while.
for label, timeout in ("without limit", None), ("with a timeout", 30):
    path = "slow " + label
    peer("receive", path, "pause", "read", 1000)
    wait_for_path(path)
    s = socket.socket(UNIX, DGRAM)
    attempt("full", lambda: fill(s, path))
    s.settimeout(timeout)
    attempt(f"sendto {label}", lambda: s.sendto(b"x", path))
    s.connect(path)
    s.sendall(bytes(1000))
    attempt(f"sendall {label}", lambda: s.sendall(b"last"))
