import socket

from support import attempt, listening, peer, say

listener = listening()
port = listener.getsockname()[1]


def peer_says(*words):
    peer("connect", port, *words)
    return listener.accept()[0]


s = peer_says("send", "abc", "pause", "send", "defghi")
attempt("recv waits for all", lambda: s.recv(6, socket.MSG_WAITALL))
attempt("and leaves the rest", lambda: s.recv(6))

s = peer_says("send", "abc", "pause", "send", "def")
buffer = bytearray(6)
attempt("recvInto waits for all", lambda: s.recv_into(buffer, 0, socket.MSG_WAITALL))
say("buffer", bytes(buffer))

s = peer_says("send", "abc", "pause", "send", "def")
attempt("recvfrom waits for all", lambda: s.recvfrom(6, socket.MSG_WAITALL)[0])
s = peer_says("send", "abc", "pause", "send", "def")
attempt("recvmsg waits for all", lambda: s.recvmsg(6, 0, socket.MSG_WAITALL)[0])
s = peer_says("send", "abc", "pause", "send", "def")
attempt("a peek waits for all", lambda: s.recv(6, socket.MSG_WAITALL | socket.MSG_PEEK))
attempt("and takes nothing", lambda: s.recv(9))
s = peer_says("send", "abc", "pause", "close")
attempt("a peek waits for the end", lambda: s.recv(6, socket.MSG_WAITALL | socket.MSG_PEEK))

s = peer_says("send", "abc", "pause", "reset")
attempt("what breaks the stream", lambda: s.recv(6, socket.MSG_WAITALL))
attempt("is the next call's", lambda: s.recv(6, socket.MSG_WAITALL))

s = peer_says("send", "abc", "pause", "close")
attempt("or for the end", lambda: s.recv(6, socket.MSG_WAITALL))

a, b = socket.socketpair()
a.sendall(b"abc")
b.setblocking(False)
attempt("without blocking it gives what is there", lambda: b.recv(6, socket.MSG_WAITALL))
attempt("or that there is none", lambda: b.recv(6, socket.MSG_WAITALL))

a.sendall(b"abc")
b.settimeout(5)
attempt("and so it does with a timeout", lambda: b.recv(6, socket.MSG_WAITALL))

a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.send(b"abc")
attempt("a datagram is all", lambda: b.recv(6, socket.MSG_WAITALL))
