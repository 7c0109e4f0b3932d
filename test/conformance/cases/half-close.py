import socket

from support import attempt, tcp_pair

client, server = tcp_pair()
client.sendall(b"question")
attempt("shutdown", lambda: client.shutdown(socket.SHUT_WR))
attempt("server reads", lambda: server.recv(100))
attempt("server sees the end", lambda: server.recv(100))
attempt("server answers", lambda: server.sendall(b"answer"))
attempt("client reads", lambda: client.recv(100))
attempt("client sends", lambda: client.send(b"x"))
attempt("shutdown again", lambda: client.shutdown(socket.SHUT_WR))
server.close()
attempt("client sees the end", lambda: client.recv(100))

a, b = socket.socketpair()
attempt("unix shutdown to read", lambda: a.shutdown(socket.SHUT_RD))
attempt("unix recv", lambda: a.recv(10))
attempt("the peer sends", lambda: b.send(b"x"))
attempt("the peer reads what still comes", lambda: (a.send(b"y"), b.recv(10)))
attempt("unix shutdown of both", lambda: a.shutdown(socket.SHUT_RDWR))
attempt("the peer sees the end", lambda: b.recv(10))
attempt("no such way to shut down", lambda: a.shutdown(99))
