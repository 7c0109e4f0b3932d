import socket

from support import attempt, say


def read(s):
    return s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)


s = socket.socket()
say("at first", read(s))
attempt("set", lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
say("then", read(s))
attempt("set to a boolean", lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, False))
say("then", read(s))

# A connection of the listener's in TIME_WAIT keeps others from the name, unless they ask for reuse.
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
listener.listen()
address = listener.getsockname()
client = socket.socket()
client.connect(address)
server, _ = listener.accept()
listener.close()
server.close()
client.recv(1)
client.close()
attempt("bind without it", lambda: socket.socket().bind(address))
again = socket.socket()
again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
attempt("bind with it", lambda: again.bind(address))
