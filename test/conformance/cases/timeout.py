import socket

from support import attempt, bound, errno_name, listening, say, tcp_pair

client, server = tcp_pair()
client.settimeout(0.05)
attempt("recv", lambda: client.recv(10))
attempt("recvInto", lambda: client.recv_into(bytearray(10)))
attempt("recvfrom", lambda: client.recvfrom(10))
client.settimeout(5)
server.sendall(b"late")
attempt("recv once it is there", lambda: client.recv(10))

udp = bound(socket.SOCK_DGRAM)
udp.settimeout(0.05)
attempt("udp recv", lambda: udp.recv(10))
attempt("udp recvfrom", lambda: udp.recvfrom(10))
attempt("udp recvfromInto", lambda: udp.recvfrom_into(bytearray(10)))

# The kernel drops what comes to a listener whose queue is full: the second is not answered.
full = listening(backlog=0)
first = socket.socket()
first.connect(full.getsockname())
second = socket.socket()
second.settimeout(0.05)
attempt("connect", lambda: second.connect(full.getsockname()))
third = socket.socket()
third.settimeout(0.05)
say("connectEx", errno_name(third.connect_ex(full.getsockname())))

idle = listening()
idle.settimeout(0.05)
attempt("accept", idle.accept)
