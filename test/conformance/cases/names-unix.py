import os
import re
import socket

from support import abstract, attempt, name, say, unix_name

UNIX = socket.AF_UNIX

s = socket.socket(UNIX)
say("not bound", unix_name(s.getsockname()))
attempt("not connected", s.getpeername)

listener = socket.socket(UNIX)
listener.bind("path")
listener.listen()
say("path", unix_name(listener.getsockname()), os.path.exists("path"))
s.connect("path")
server, address = listener.accept()
say("accept of an unnamed peer", unix_name(address))
say("peer", unix_name(s.getpeername()), unix_name(server.getpeername()))
say("own", unix_name(s.getsockname()), unix_name(server.getsockname()))

named = socket.socket(UNIX)
named.bind("client")
named.connect("path")
server, address = listener.accept()
say("accept of a named peer", unix_name(address), unix_name(server.getpeername()))
listener.close()
say("the path stays", os.path.exists("path"))

listener = socket.socket(UNIX)
listener.bind(abstract("abstract"))
listener.listen()
say("abstract", unix_name(listener.getsockname()))
s = socket.socket(UNIX)
s.connect(abstract("abstract"))
say("peer", unix_name(s.getpeername()))

auto = socket.socket(UNIX)
auto.bind("")
chosen = unix_name(auto.getsockname())
say("autobind", re.fullmatch("\0[0-9a-f]{5}", chosen) is not None)
auto.listen()
s = socket.socket(UNIX)
s.connect(chosen)
say("peer", unix_name(s.getpeername()) == chosen)

a, b = socket.socketpair()
say("socketpair", unix_name(a.getsockname()), unix_name(b.getpeername()))


def round_trip(label, address):
    listener = socket.socket(UNIX)
    listener.bind(address)
    listener.listen()
    s = socket.socket(UNIX)
    s.connect(address)
    say(label, unix_name(listener.getsockname()), unix_name(s.getpeername()))


round_trip("a path in UTF-8", "套接字")
round_trip("a path given as bytes", "插座".encode())
round_trip("a path that is not UTF-8", b"sock\xff\xfe")
own = str(os.getpid())
name(f"\0a\0{own}\0", "with NULs")
round_trip("an abstract name with NULs", f"\0a\0{own}\0")
name(f"\0{own} 名字", "in UTF-8")
round_trip("an abstract name in UTF-8", f"\0{own} 名字")
name(b"\0\xff" + own.encode(), "not UTF-8")
round_trip("an abstract name that is not UTF-8", b"\0\xff" + own.encode())
attempt("a path of 1 byte", lambda: round_trip("1 byte", "p"))
for entry in sorted(os.listdir(b".")):
    say("entry", entry)
