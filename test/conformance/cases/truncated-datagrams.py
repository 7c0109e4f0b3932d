import socket

from support import attempt, bound, say, tcp_pair

server = bound(socket.SOCK_DGRAM, label="server")
client = bound(socket.SOCK_DGRAM, label="client")
client.connect(server.getsockname())


def sent(data):
    client.send(data)
    return server


attempt("recv", lambda: sent(b"abcdef").recv(3))
attempt("recvfrom", lambda: sent(b"ghijkl").recvfrom(3))
buffer = bytearray(3)
attempt("recvInto", lambda: sent(b"mnopqr").recv_into(buffer))
say("buffer", bytes(buffer))
attempt("recvfromInto", lambda: sent(b"stuvwx").recvfrom_into(buffer))
say("buffer", bytes(buffer))

# With MSG_TRUNC the count is the datagram's own length, and the rest is lost all the same.
TRUNC, PEEK = socket.MSG_TRUNC, socket.MSG_PEEK
attempt("recvInto, MSG_TRUNC", lambda: sent(b"abcdef").recv_into(buffer, 0, TRUNC))
say("buffer", bytes(buffer))
attempt("and MSG_PEEK", lambda: sent(b"ghijkl").recv_into(buffer, 2, TRUNC | PEEK))
say("buffer", bytes(buffer))
attempt("recvfromInto, MSG_TRUNC", lambda: server.recvfrom_into(buffer, 0, TRUNC))
say("buffer", bytes(buffer))
# Python's bytes have the length that is reported, with whatever was in memory after those received.
say("recv, MSG_TRUNC", sent(b"mnopqr").recv(3, TRUNC)[:3])
server.setblocking(False)
attempt("nothing is left", lambda: server.recv(10))

a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
a.send(b"abcdef")
attempt("seqpacket recv", lambda: b.recv(3))
a.send(b"ghijkl")
attempt("seqpacket recvInto, MSG_TRUNC", lambda: b.recv_into(buffer, 0, TRUNC))
say("buffer", bytes(buffer))

# On a TCP stream MSG_TRUNC throws bytes away.
x, y = tcp_pair()
x.sendall(b"abcdefghi")
buffer = bytearray(6)
attempt("tcp, MSG_TRUNC", lambda: y.recv_into(buffer, 0, TRUNC))
say("buffer", bytes(buffer))
attempt("tcp, what follows", lambda: y.recv(10))
