import math
import socket

from support import attempt, say


def state(s):
    return s.gettimeout(), s.timeout, s.getblocking()


s = socket.socket()
say("at first", *state(s))
for value in 2.5, 3, 0.001, 1e6, 0, 0.0, None:
    attempt("settimeout", lambda: s.settimeout(value))
    say("then", *state(s))
for flag in False, True:
    attempt("setblocking", lambda: s.setblocking(flag))
    say("then", *state(s))
s.settimeout(1.5)
for value in -1, -0.001, math.nan, math.inf, "1":
    attempt("not a timeout", lambda: s.settimeout(value))
say("unchanged", *state(s))

# Even a very short timeout runs out; the next call has all of it again.
a, b = socket.socketpair()
a.settimeout(1e-9)
attempt("a nanosecond", lambda: a.recv(1))
b.send(b"x")
attempt("what is there is read", lambda: a.recv(1))
attempt("a nanosecond", lambda: a.recv(1))
