import socket

from support import attempt, bound, tcp_pair

client, server = tcp_pair()
attempt("recv", lambda: server.recv(10, socket.MSG_DONTWAIT))
attempt("recvInto", lambda: server.recv_into(bytearray(10), 0, socket.MSG_DONTWAIT))
attempt("recvfrom", lambda: server.recvfrom(10, socket.MSG_DONTWAIT))

udp = bound(socket.SOCK_DGRAM)
attempt("udp recvfrom", lambda: udp.recvfrom(10, socket.MSG_DONTWAIT))

a, b = socket.socketpair()
much = bytes(4 << 20)
attempt("sendall into a full buffer", lambda: a.sendall(much, socket.MSG_DONTWAIT))
attempt("send into a full buffer", lambda: a.send(b"x", socket.MSG_DONTWAIT))

client.close()
b.close()

a, b = socket.socketpair()
a.send(b"here")
attempt("recv of what is there", lambda: b.recv(10, socket.MSG_DONTWAIT))
attempt("the socket itself still blocks", lambda: (b.getblocking(), b.gettimeout()))
