import socket

from support import attempt, listening, say, tcp_pair

CALLS = {
    "accept": lambda s: s.accept(),
    "bind": lambda s: s.bind(("127.0.0.1", 0)),
    "connect": lambda s: s.connect(("127.0.0.1", 9)),
    "dup": lambda s: s.dup(),
    "getInheritable": lambda s: s.get_inheritable(),
    "getpeername": lambda s: s.getpeername(),
    "getsockname": lambda s: s.getsockname(),
    "getsockopt": lambda s: s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
    "listen": lambda s: s.listen(),
    "recv": lambda s: s.recv(1),
    "recvInto": lambda s: s.recv_into(bytearray(1)),
    "recvfrom": lambda s: s.recvfrom(1),
    "send": lambda s: s.send(b"x"),
    "sendall": lambda s: s.sendall(b"x"),
    "sendto": lambda s: s.sendto(b"x", ("127.0.0.1", 9)),
    "setInheritable": lambda s: s.set_inheritable(False),
    "setsockopt": lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    "settimeout": lambda s: s.settimeout(1),
    "setblocking": lambda s: s.setblocking(True),
    "shutdown": lambda s: s.shutdown(socket.SHUT_RDWR),
}

for label, call in CALLS.items():
    s = socket.socket()
    socket.close(s.fileno())
    attempt(f"closed elsewhere, {label}", lambda: call(s))
    s.detach()

for label, call in CALLS.items():
    s = socket.socket()
    s.close()
    attempt(f"closed, {label}", lambda: call(s))

s = socket.socket()
socket.close(s.fileno())
attempt("closed elsewhere, close", s.close)
attempt("close again", s.close)
say("fileno", s.fileno())

s = socket.socket()
s.settimeout(1.5)
s.close()
attempt("close", s.close)
say("closed, detach", s.detach())
say("closed, what is still known", s.family, s.type, s.proto, s.gettimeout())

attempt("no such descriptor", lambda: socket.socket(fileno=9999))
attempt("fromfd of none", lambda: socket.fromfd(9999, socket.AF_INET, socket.SOCK_STREAM))
attempt("close of none", lambda: socket.close(9999))
attempt("dup of none", lambda: socket.dup(9999))
