import socket

from support import attempt, bound, listening, tcp_pair

INET, UNIX, STREAM, DGRAM = socket.AF_INET, socket.AF_UNIX, socket.SOCK_STREAM, socket.SOCK_DGRAM
KINDS = {
    "tcp": lambda: socket.socket(),
    "tcp listener": listening,
    "udp": lambda: socket.socket(INET, DGRAM),
    "unix stream": lambda: socket.socket(UNIX, STREAM),
    "unix datagram": lambda: socket.socket(UNIX, DGRAM),
    "unix seqpacket": lambda: socket.socket(UNIX, socket.SOCK_SEQPACKET),
}
CALLS = {
    "send": lambda s: s.send(b"x"),
    "sendall": lambda s: s.sendall(b"x"),
    "recv without blocking": lambda s: s.recv(1, socket.MSG_DONTWAIT),
    "recvfrom without blocking": lambda s: s.recvfrom(1, socket.MSG_DONTWAIT),
    "getpeername": lambda s: s.getpeername(),
    "shutdown": lambda s: s.shutdown(socket.SHUT_WR),
}
for kind, make in KINDS.items():
    for label, call in CALLS.items():
        s = make()
        attempt(f"{kind} {label}", lambda: call(s))

attempt("accept without listen", lambda: bound(STREAM).accept())
attempt("listen without bind", lambda: socket.socket().listen())
attempt("unix listen without bind", lambda: socket.socket(UNIX).listen())
attempt("listen twice", lambda: listening().listen(3))
client, server = tcp_pair()
attempt("listen when connected", lambda: client.listen())
attempt("accept when connected", lambda: client.accept())
attempt("connect when connected", lambda: client.connect(("127.0.0.1", 9)))
attempt("bind when connected", lambda: server.bind(("127.0.0.1", 0)))
attempt("udp listen", lambda: bound(DGRAM).listen())
attempt("udp accept", lambda: bound(DGRAM).accept())
attempt("unix datagram listen", lambda: socket.socket(UNIX, DGRAM).listen())
attempt("unix datagram accept", lambda: socket.socket(UNIX, DGRAM).accept())

listener = listening()
attempt("shutdown of a listener", lambda: listener.shutdown(socket.SHUT_RDWR))
attempt("accept", listener.accept)
