import socket

from support import attempt, bound, listening, name, say, tcp_pair

s = socket.socket()
say("not bound", s.getsockname())
attempt("not connected", s.getpeername)
s.bind(("127.0.0.1", 0))
say("bound", s.getsockname()[0], s.getsockname()[1] > 0)

client, server = tcp_pair()
say("client", client.getsockname(), client.getpeername() == server.getsockname())
say("server", server.getpeername(), server.getsockname() == client.getpeername())

listener = listening()
s = socket.socket()
s.bind(("127.0.0.2", 0))
name(s.getsockname()[1], "client")
s.connect(listener.getsockname())
_, address = listener.accept()
say("accept", address)
say("peer", s.getpeername())

DGRAM = socket.SOCK_DGRAM
a, b = bound(DGRAM, label="a"), bound(DGRAM, label="b")
attempt("udp, not connected", a.getpeername)
a.connect(b.getsockname())
say("udp peer", a.getpeername())
a.connect(("127.0.0.3", b.getsockname()[1]))
say("connected to another", a.getpeername(), a.getsockname())
any_udp = socket.socket(socket.AF_INET, DGRAM)
any_udp.connect(b.getsockname())
say("connect chooses the own address", any_udp.getsockname()[0])


def name_of(host):
    s = socket.socket(socket.AF_INET, DGRAM)
    s.bind((host, 0))
    return s.getsockname()[0]


for host in "", "0.0.0.0", "localhost", "127.1", "0x7f.0.0.1", "<broadcast>":
    attempt(f"bind {host}", lambda: name_of(host))
s = socket.socket()
s.connect(("", listener.getsockname()[1]))
say("connect to any address", s.getpeername())

for host in "::1", "x" * 64:
    attempt(f"host of {len(host)} characters", lambda: name_of(host))
