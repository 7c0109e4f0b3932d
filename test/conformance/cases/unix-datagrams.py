import socket

from support import abstract, attempt, say, unix_name


def made(address=None):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if address is not None:
        s.bind(address)
    return s


def received(s):
    data, address = s.recvfrom(100)
    return data, unix_name(address)


server = made("server")
made().sendto(b"from nobody", "server")
say("an unnamed sender", received(server))
made("client").sendto(b"from a path", "server")
say("a named sender", received(server))
made(abstract("abstract")).sendto(b"from an abstract name", "server")
say("an abstract sender", received(server))

connected = made()
connected.connect("server")
connected.send(b"connected, unnamed")
say("a connected sender", received(server))
say("its names", unix_name(connected.getsockname()), unix_name(connected.getpeername()))

buffer = bytearray(5)
made().sendto(b"again", "server")
say("recvfromInto", server.recvfrom_into(buffer))
say("buffer", bytes(buffer))

a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.send(b"pair")
say("of a pair", received(b))
attempt("sendto of a pair, to another", lambda: a.sendto(b"x", "server"))
attempt("it arrives", lambda: received(server))

attempt("to no path", lambda: made().sendto(b"x", "none"))
attempt("with no address", lambda: made().send(b"x"))
attempt("to the unnamed address", lambda: made().sendto(b"x", ""))

other = made("other")
other.connect("server")
attempt("to one that is connected elsewhere", lambda: made().sendto(b"x", "other"))
