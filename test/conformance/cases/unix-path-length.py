import os
import socket

from support import attempt, say


def try_bind(label, address):
    s = socket.socket(socket.AF_UNIX)
    attempt(label, lambda: s.bind(address))
    say("its name", len(s.getsockname()))


# sun_path has 108 bytes; a path keeps one of them for its NUL, an abstract name does not.
try_bind("107 bytes", "p" * 107)
try_bind("108 bytes", "p" * 108)
try_bind("1000 bytes", "p" * 1000)
try_bind("54 characters of 2 bytes", "é" * 54)
try_bind("53 characters of 2 bytes", "é" * 53)
# The whole machine shares abstract names, so each process takes its own.
own = str(os.getpid())
try_bind("abstract, 108 bytes", "\0" + own.rjust(107, "a"))
try_bind("abstract, 109 bytes", "\0" + own.rjust(108, "a"))

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
attempt("connect", lambda: s.connect("p" * 108))
attempt("connectEx", lambda: s.connect_ex("p" * 108))
attempt("sendto", lambda: s.sendto(b"x", "p" * 108))
