import socket

from support import attempt, bound, say, tcp_pair

client, server = tcp_pair()
client.sendall(b"abcdef")
attempt("peek", lambda: server.recv(3, socket.MSG_PEEK))
attempt("peek more", lambda: server.recv(10, socket.MSG_PEEK))
buffer = bytearray(4)
attempt("peek into", lambda: server.recv_into(buffer, 0, socket.MSG_PEEK))
say("buffer", bytes(buffer))
attempt("recv", lambda: server.recv(4))
attempt("peek at the rest", lambda: server.recv(10, socket.MSG_PEEK))
attempt("recv the rest", lambda: server.recv(10))
client.close()
attempt("peek at the end", lambda: server.recv(10, socket.MSG_PEEK))
attempt("the end", lambda: server.recv(10))

a = bound(socket.SOCK_DGRAM, label="a")
b = bound(socket.SOCK_DGRAM, label="b")
a.sendto(b"first", b.getsockname())
a.sendto(b"second", b.getsockname())
attempt("peek at a datagram", lambda: b.recvfrom(3, socket.MSG_PEEK))
attempt("recvfrom", lambda: b.recvfrom(10))
attempt("the next", lambda: b.recv(10))

client, server = tcp_pair()
server.settimeout(0.05)
attempt("peek at nothing", lambda: server.recv(10, socket.MSG_PEEK))
