import socket

from support import attempt, say, unix_name

listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind("path")
listener.listen()
client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
client.connect("path")
server, address = listener.accept()
say("accept", server.family, server.type, server.proto, unix_name(address))

for record in b"one", b"three", b"", b"fourteen":
    attempt("send", lambda: client.send(record))
attempt("recv one record", lambda: server.recv(100))
attempt("recv a part", lambda: server.recv(2))
attempt("the rest was lost", lambda: server.recv(100))
attempt("recvfrom", lambda: server.recvfrom(100))
attempt("too long a record", lambda: client.send(bytes(1 << 20)))
attempt("sendto", lambda: client.sendto(b"x", "elsewhere"))
attempt("shutdown", lambda: client.shutdown(socket.SHUT_WR))
attempt("recv what is left", lambda: server.recv(100))
attempt("the end", lambda: server.recv(100))
attempt("send after the shutdown", lambda: client.send(b"x"))
attempt("the other way", lambda: server.sendall(b"answer"))
attempt("it arrives", lambda: client.recv(100))
attempt("not connected", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).send(b"x"))
stream = socket.socket(socket.AF_UNIX)
attempt("a stream connects", lambda: stream.connect("path"))
