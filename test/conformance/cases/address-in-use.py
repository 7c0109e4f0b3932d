import socket

from support import abstract, attempt, bound, listening

listener = listening()
attempt("tcp, one listens", lambda: socket.socket().bind(listener.getsockname()))
attempt("bind twice", lambda: listener.bind(("127.0.0.1", 0)))

udp = bound(socket.SOCK_DGRAM)
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(udp.getsockname()))

# With SO_REUSEADDR both may bind to the name, but only one may listen.
a, b = socket.socket(), socket.socket()
for s in a, b:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
a.bind(("127.0.0.1", 0))
attempt("bind of the second", lambda: b.bind(a.getsockname()))
attempt("listen of the first", lambda: a.listen(1))
attempt("listen of the second", lambda: b.listen(1))

attempt("unix path", lambda: socket.socket(socket.AF_UNIX).bind("path"))
attempt("unix path again", lambda: socket.socket(socket.AF_UNIX).bind("path"))
taken = socket.socket(socket.AF_UNIX)
taken.bind(abstract("taken"))
attempt("abstract name", lambda: socket.socket(socket.AF_UNIX).bind(abstract("taken")))

attempt("not an address of this machine", lambda: socket.socket().bind(("192.0.2.1", 0)))
attempt("no such directory", lambda: socket.socket(socket.AF_UNIX).bind("none/path"))
attempt("not a directory", lambda: socket.socket(socket.AF_UNIX).bind("path/path"))
