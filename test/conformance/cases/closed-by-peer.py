import socket

from support import attempt, tcp_pair

client, server = tcp_pair()
server.sendall(b"last words")
server.close()
attempt("what was sent before", lambda: client.recv(100))
attempt("recv", lambda: client.recv(100))
attempt("recv again", lambda: client.recv(100))
attempt("recvInto", lambda: client.recv_into(bytearray(10)))
attempt("recvfrom", lambda: client.recvfrom(10))
client.setblocking(False)
attempt("recv without blocking", lambda: client.recv(100))


def send_until_refused(s):
    while True:
        s.send(b"is anybody there?")


client.setblocking(True)
attempt("send", lambda: send_until_refused(client))

a, b = socket.socketpair()
b.close()
attempt("unix recv", lambda: a.recv(10))
attempt("unix send", lambda: a.send(b"x"))
attempt("unix sendall", lambda: a.sendall(b"x"))

a, b = socket.socketpair()
a.sendall(b"unread")
b.close()
attempt("unix recv, closed with data unread", lambda: a.recv(10))
attempt("unix recv again", lambda: a.recv(10))

a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
b.close()
attempt("unix datagram send", lambda: a.send(b"x"))
a.settimeout(0.05)
attempt("unix datagram recv", lambda: a.recv(10))
