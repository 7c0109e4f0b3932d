import socket
import struct

from support import attempt, say, tcp_pair

client, server = tcp_pair()
server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
say("SO_LINGER", server.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
server.close()
attempt("recv", lambda: client.recv(10))
attempt("recv again", lambda: client.recv(10))
attempt("send", lambda: client.send(b"x"))
attempt("peer", client.getpeername)
attempt("own name", client.getsockname)

# Closing with data unread resets too.
client, server = tcp_pair()
client.sendall(b"unread")
server.recv(1)
server.close()
attempt("recv, closed with data unread", lambda: client.recv(10))
