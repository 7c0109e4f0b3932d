import socket

from support import attempt, say

a, b = socket.socketpair()
a.settimeout(2.5)
copy = a.dup()
say("another descriptor", copy.fileno() != a.fileno())
say("of the same", copy.family, copy.type, copy.proto, copy.gettimeout(), copy.get_inheritable())
a.close()
attempt("send after the original closed", lambda: copy.send(b"abc"))
attempt("it arrives", lambda: b.recv(10))
b.send(b"def")
attempt("recv", lambda: copy.recv(10))
copy.close()
attempt("the end, once all are closed", lambda: b.recv(10))

a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
number = socket.dup(a.fileno())
raw = socket.socket(fileno=number)
say("dup of a number", number != a.fileno(), raw.type, raw.get_inheritable())
taken = socket.fromfd(a.fileno(), socket.AF_UNIX, socket.SOCK_SEQPACKET)
say("fromfd", taken.fileno() != a.fileno(), taken.family, taken.type, taken.gettimeout())
for s in a, raw, taken:
    s.send(b"one")
    attempt("it arrives", lambda: b.recv(10))
given = socket.fromfd(a.fileno(), socket.AF_INET, socket.SOCK_DGRAM, 5)
say("fromfd takes what it is given", given.family, given.type, given.proto)

# Whether a descriptor blocks is shared by its copies; each object's timeout is its own.
a, b = socket.socketpair()
copy = a.dup()
copy.setblocking(False)
say("timeouts", a.gettimeout(), copy.gettimeout())
a.settimeout(0)
say("dup of a non-blocking one", a.dup().gettimeout())
