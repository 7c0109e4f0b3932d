import socket

from support import attempt, listening, peer, say, wait_for_path

# Each call here has to wait for a peer in a process of its own.
listener = listening()
port = listener.getsockname()[1]


def conversation(timeout):
    listener.settimeout(timeout)
    peer("pause", "connect", port, *"pause send one pause send two drain close".split())
    s, _ = listener.accept()
    s.settimeout(timeout)
    attempt("recv", lambda: s.recv(100))
    attempt("recvfrom", lambda: s.recvfrom(100))
    attempt("sendall", lambda: s.sendall(bytes(20_000_000)))
    s.shutdown(socket.SHUT_WR)
    attempt("what the peer counted", lambda: s.recv(100))
    attempt("the end", lambda: s.recv(100))


conversation(None)
conversation(30)

# connect waits for room in a Unix listener's queue.
peer("listen", "path", "pause", "accept", "accept", "send", "welcome")
wait_for_path("path")
s = socket.socket(socket.AF_UNIX)
attempt("unix connect", lambda: s.connect("path"))
say("peer", s.getpeername())
attempt("recv", lambda: s.recv(100))
