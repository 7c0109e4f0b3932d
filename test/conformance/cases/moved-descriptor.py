import socket

from support import attempt, say, tcp_pair

client, server = tcp_pair()
client.settimeout(5)
number = client.fileno()
say("detach gives the number", client.detach() == number, client.fileno())
attempt("the one that was left", lambda: client.recv(10))
attempt("its close", client.close)

moved = socket.socket(fileno=number)
say("made of the number", moved.fileno() == number)
say("read from the descriptor", moved.family, moved.type, moved.proto, moved.gettimeout())
say("own", moved.getsockname())
server.sendall(b"hello")
attempt("recv", lambda: moved.recv(10))
attempt("send", lambda: moved.send(b"answer"))
attempt("it arrives", lambda: server.recv(10))

for family, kind, proto in (
    (socket.AF_INET, socket.SOCK_DGRAM, 0),
    (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    (socket.AF_UNIX, socket.SOCK_STREAM, 0),
    (socket.AF_UNIX, socket.SOCK_SEQPACKET, 0),
):
    s = socket.socket(fileno=socket.socket(family, kind, proto).detach())
    say("read from the descriptor", s.family, s.type, s.proto)

# Values that are given are taken as they are.
number = socket.socket().detach()
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM, 7, fileno=number)
say("all given", s.family, s.type, s.proto)
s = socket.socket(socket.AF_INET6, fileno=s.detach())
say("family given", s.family, s.type, s.proto)
s = socket.socket(type=socket.SOCK_DGRAM, fileno=s.detach())
say("type given", s.family, s.type, s.proto)
attempt("not a number", lambda: socket.socket(fileno="3"))

# A listener moves as well, and the type may ask for a timeout of 0.
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
listener = socket.socket(fileno=listener.detach())
client = socket.socket()
client.connect(listener.getsockname())
accepted, address = listener.accept()
say("accept of a moved listener", address == client.getsockname())
s = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK, fileno=client.detach())
say("SOCK_NONBLOCK", s.type, s.gettimeout())
