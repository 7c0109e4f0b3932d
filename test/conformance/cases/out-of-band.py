import socket

from support import attempt, tcp_pair

client, server = tcp_pair()
attempt("none", lambda: server.recv(1, socket.MSG_OOB))
client.send(b"before")
attempt("send", lambda: client.send(b"!", socket.MSG_OOB))
client.send(b"after")
attempt("recv stops at the mark", lambda: server.recv(100))
attempt("the byte", lambda: server.recv(1, socket.MSG_OOB))
attempt("the byte again", lambda: server.recv(1, socket.MSG_OOB))
attempt("what follows", lambda: server.recv(100))

attempt("inline", lambda: server.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1))
client.send(b"?", socket.MSG_OOB)
attempt("the byte in the stream", lambda: server.recv(100))
attempt("no longer out of band", lambda: server.recv(1, socket.MSG_OOB))
