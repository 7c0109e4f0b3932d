import socket

from support import attempt, bound, errno_name, listening, say, tcp_pair

client, server = tcp_pair()
client.setblocking(False)
attempt("recv", lambda: client.recv(10))
attempt("recvInto", lambda: client.recv_into(bytearray(10)))
attempt("recvfrom", lambda: client.recvfrom(10))

a, b = socket.socketpair()
a.setblocking(False)
say("send takes a part", 0 < a.send(bytes(4 << 20)) < 4 << 20)
attempt("sendall into a full buffer", lambda: a.sendall(bytes(4 << 20)))
attempt("send into a full buffer", lambda: a.send(b"more"))
server.close()
b.close()

udp = bound(socket.SOCK_DGRAM)
udp.settimeout(0)
attempt("udp recv", lambda: udp.recv(10))
attempt("udp recvfrom", lambda: udp.recvfrom(10))

listener = listening(backlog=0)
listener.setblocking(False)
attempt("accept", listener.accept)

s = socket.socket()
s.setblocking(False)
attempt("connect", lambda: s.connect(listener.getsockname()))
listener.settimeout(5)
accepted, address = listener.accept()
say("connectEx when it is done", errno_name(s.connect_ex(listener.getsockname())))
say("connectEx once more", errno_name(s.connect_ex(listener.getsockname())))
say("whole", s.getpeername() == listener.getsockname(), s.getsockname() == address)

# The queue has room for one connection; the next one stays under way.
first = socket.socket()
first.connect(listener.getsockname())
waiting = socket.socket()
waiting.setblocking(False)
say("connectEx", errno_name(waiting.connect_ex(listener.getsockname())))
say("connectEx under way", errno_name(waiting.connect_ex(listener.getsockname())))
attempt("connect under way", lambda: waiting.connect(listener.getsockname()))
attempt("send under way", lambda: waiting.send(b"early"))
attempt("recv under way", lambda: waiting.recv(10))
attempt("peer under way", waiting.getpeername)
