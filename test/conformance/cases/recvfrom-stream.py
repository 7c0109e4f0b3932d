import socket

from support import attempt, say, tcp_pair

client, server = tcp_pair()
client.sendall(b"abcdef")
attempt("recvfrom", lambda: server.recvfrom(3))
buffer = bytearray(b"..........")
attempt("recvfromInto", lambda: server.recvfrom_into(buffer))
say("buffer", bytes(buffer))
attempt("sendto another", lambda: client.sendto(b"x", ("127.0.0.1", 9)))
attempt("it comes to the peer", lambda: server.recv(10))
client.close()
attempt("the end", lambda: server.recvfrom(3))

a, b = socket.socketpair()
a.sendall(b"abc")
attempt("unix recvfrom", lambda: b.recvfrom(10))
attempt("unix sendto", lambda: a.sendto(b"x", "path"))

named = socket.socket(socket.AF_UNIX)
named.bind("client")
listener = socket.socket(socket.AF_UNIX)
listener.bind("listener")
listener.listen()
named.connect("listener")
accepted, _ = listener.accept()
named.sendall(b"abc")
attempt("unix recvfrom of a named peer", lambda: accepted.recvfrom(10))

a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
a.send(b"abc")
attempt("seqpacket recvfrom", lambda: b.recvfrom(10))
