import socket

from support import attempt, bound, say

server = bound(socket.SOCK_DGRAM, label="server")
client = bound(socket.SOCK_DGRAM, label="client")
attempt("sendto", lambda: client.sendto(b"", server.getsockname()))
attempt("recvfrom", lambda: server.recvfrom(10))

client.connect(server.getsockname())
attempt("send", lambda: client.send(b""))
attempt("recv", lambda: server.recv(10))
attempt("sendall", lambda: client.sendall(b""))
server.settimeout(5)
attempt("what sendall of nothing sends", lambda: server.recv(10))

client.send(b"first")
client.send(b"second")
attempt("recv of 0 bytes takes none", lambda: server.recv(0))
attempt("recvInto an empty buffer neither", lambda: server.recv_into(bytearray(0)))
attempt("recvfrom of 0 bytes does", lambda: server.recvfrom(0))
attempt("the next", lambda: server.recv(10))

for kind, label in (socket.SOCK_DGRAM, "datagram"), (socket.SOCK_SEQPACKET, "seqpacket"):
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    attempt(f"unix {label} send", lambda: a.send(b""))
    attempt(f"unix {label} recv", lambda: b.recv(10))
    a.send(b"next")
    attempt(f"unix {label} next", lambda: b.recv(10))

a, b = socket.socketpair()
attempt("stream send", lambda: a.send(b""))
b.settimeout(0.05)
attempt("stream recv", lambda: b.recv(10))
attempt("stream recv of 0 bytes", lambda: b.recv(0))
