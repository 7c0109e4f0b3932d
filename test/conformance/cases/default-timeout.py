import socket

from support import attempt, listening, say


say("at first", socket.getdefaulttimeout())
listener = listening()
listener.settimeout(9)
clients = []


def accepted():
    clients.append(socket.socket())
    clients[-1].settimeout(5)
    clients[-1].connect(listener.getsockname())
    return listener.accept()[0]


s = accepted()
say("accept does not pass the listener's on", s.gettimeout(), s.getblocking())

attempt("set", lambda: socket.setdefaulttimeout(2.5))
say("then", socket.getdefaulttimeout())
say("socket", socket.socket().gettimeout())
say("socketpair", *(s.gettimeout() for s in socket.socketpair()))
say("accept", accepted().gettimeout())
say("fromfd", socket.fromfd(s.fileno(), socket.AF_INET, socket.SOCK_STREAM).gettimeout())
say("dup copies the socket's", s.dup().gettimeout())
say("a socket made before", listener.gettimeout())
say("made of a number", socket.socket(fileno=socket.socket().detach()).gettimeout())
nonblocking = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
say("SOCK_NONBLOCK", nonblocking.gettimeout())

socket.setdefaulttimeout(0.05)
a, b = socket.socketpair()
attempt("it is kept", lambda: a.recv(1))
attempt("by accept as well", lambda: accepted().recv(1))

socket.setdefaulttimeout(0)
say("zero", socket.getdefaulttimeout())
a, b = socket.socketpair()
say("a pair", a.gettimeout(), a.getblocking())
attempt("recv", lambda: a.recv(1))

attempt("back to none", lambda: socket.setdefaulttimeout(None))
say("then", socket.getdefaulttimeout(), socket.socket().gettimeout())
for value in -1, "1":
    attempt("not a timeout", lambda: socket.setdefaulttimeout(value))
