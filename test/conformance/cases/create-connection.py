import socket

from support import attempt, listening, say, unused_port

listener = listening()
address = listener.getsockname()
nobody = ("127.0.0.1", unused_port())

s = socket.create_connection(address)
server, client = listener.accept()
say("connected", s.family, s.type, s.getpeername(), s.getsockname() == client)
say("timeout", s.gettimeout())
say("a timeout given", socket.create_connection(address, timeout=2.5).gettimeout())
say("none given", socket.create_connection(address, timeout=None).gettimeout())
socket.setdefaulttimeout(7)
say("the default", socket.create_connection(address).gettimeout())
say("none given", socket.create_connection(address, timeout=None).gettimeout())
socket.setdefaulttimeout(None)

s = socket.create_connection(address, source_address=("127.0.0.9", 0))
say("sourceAddress", s.getsockname()[0])
elsewhere = ("192.0.2.1", 0)
attempt("no address of ours", lambda: socket.create_connection(address, source_address=elsewhere))

attempt("refused", lambda: socket.create_connection(nobody))
attempt("refused, all errors", lambda: socket.create_connection(nobody, all_errors=True))
attempt("by name", lambda: socket.create_connection(("localhost", address[1])).getpeername())

full = listening(backlog=0)
first = socket.create_connection(full.getsockname())
attempt("timed out", lambda: socket.create_connection(full.getsockname(), timeout=0.05))
