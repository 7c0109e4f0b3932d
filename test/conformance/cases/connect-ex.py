import socket

from support import attempt, errno_name, listening, say, unused_port


def connect_ex(s, address):
    return errno_name(s.connect_ex(address))


listener = listening()
nobody = ("127.0.0.1", unused_port())

s = socket.socket()
say("connected", connect_ex(s, listener.getsockname()))
say("connected already", connect_ex(s, listener.getsockname()))
say("refused", connect_ex(socket.socket(), nobody))

s = socket.socket()
s.settimeout(5)
say("connected within a timeout", connect_ex(s, listener.getsockname()))
s = socket.socket()
s.settimeout(5)
say("refused within a timeout", connect_ex(s, nobody))
s = socket.socket()
s.settimeout(0)
say("without blocking", connect_ex(s, listener.getsockname()))

say("a listener", connect_ex(listener, listener.getsockname()))
s = socket.socket()
s.close()
say("closed", connect_ex(s, listener.getsockname()))

unix = socket.AF_UNIX
say("no such path", connect_ex(socket.socket(unix), "none"))
stale = socket.socket(unix)
stale.bind("stale")
stale.close()
say("a path that nobody listens on", connect_ex(socket.socket(unix), "stale"))
open("file", "w").close()
say("a path that is no socket", connect_ex(socket.socket(unix), "file"))
datagram = socket.socket(unix, socket.SOCK_DGRAM)
datagram.bind("datagram")
say("a socket of another type", connect_ex(socket.socket(unix), "datagram"))
say("the unnamed address", connect_ex(socket.socket(unix), ""))
say("an unknown abstract name", connect_ex(socket.socket(unix), "\0berkeley-nobody-has-this"))

attempt("no such port", lambda: socket.socket().connect_ex(("127.0.0.1", 65536)))
attempt("no such host", lambda: socket.socket().connect_ex(("x" * 64, 1)))
