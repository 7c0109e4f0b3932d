import socket
import struct

from support import attempt, say

s = socket.socket()
SOL, TCP = socket.SOL_SOCKET, socket.IPPROTO_TCP

for option in "SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ERROR", "SO_ACCEPTCONN", "SO_KEEPALIVE":
    say(option, s.getsockopt(SOL, getattr(socket, option)))
s.listen()
say("SO_ACCEPTCONN of a listener", s.getsockopt(SOL, socket.SO_ACCEPTCONN))

s = socket.socket()
attempt("a number", lambda: s.setsockopt(TCP, socket.TCP_NODELAY, 1))
attempt("read back", lambda: s.getsockopt(TCP, socket.TCP_NODELAY))
attempt("a boolean", lambda: s.setsockopt(TCP, socket.TCP_NODELAY, False))
attempt("read back", lambda: s.getsockopt(TCP, socket.TCP_NODELAY))
attempt("bytes", lambda: s.setsockopt(TCP, socket.TCP_NODELAY, struct.pack("@i", 1)))
attempt("read back", lambda: s.getsockopt(TCP, socket.TCP_NODELAY))
attempt("a negative number", lambda: s.setsockopt(SOL, socket.SO_PRIORITY, -1))
attempt("the kernel doubles", lambda: s.setsockopt(SOL, socket.SO_SNDBUF, 10000))
attempt("read back", lambda: s.getsockopt(SOL, socket.SO_SNDBUF))

attempt("into 4 bytes", lambda: s.getsockopt(TCP, socket.TCP_NODELAY, 4))
attempt("into 1 byte", lambda: s.getsockopt(TCP, socket.TCP_NODELAY, 1))
attempt("into 100 bytes", lambda: s.getsockopt(TCP, socket.TCP_NODELAY, 100))
attempt("into 0 bytes is a number", lambda: s.getsockopt(TCP, socket.TCP_NODELAY, 0))
attempt("into -1 bytes", lambda: s.getsockopt(TCP, socket.TCP_NODELAY, -1))

attempt("SO_LINGER", lambda: s.setsockopt(SOL, socket.SO_LINGER, struct.pack("@ii", 1, 7)))
attempt("read back", lambda: s.getsockopt(SOL, socket.SO_LINGER, 8))
attempt("read back as a number", lambda: s.getsockopt(SOL, socket.SO_LINGER))
attempt("SO_LINGER too short", lambda: s.setsockopt(SOL, socket.SO_LINGER, b"\1"))
attempt("SO_BINDTODEVICE", lambda: s.setsockopt(SOL, socket.SO_BINDTODEVICE, b"lo"))
attempt("read back", lambda: s.getsockopt(SOL, socket.SO_BINDTODEVICE, 16))
attempt("null", lambda: s.setsockopt(SOL, socket.SO_BINDTODEVICE, None, 0))
attempt("read back", lambda: s.getsockopt(SOL, socket.SO_BINDTODEVICE, 16))
attempt("null where bytes are read", lambda: s.setsockopt(SOL, socket.SO_KEEPALIVE, None, 4))
attempt("null without a length", lambda: s.setsockopt(SOL, socket.SO_KEEPALIVE, None))
attempt("bytes with a length", lambda: s.setsockopt(SOL, socket.SO_KEEPALIVE, b"\1\0\0\0", 4))

attempt("no such option", lambda: s.setsockopt(SOL, 9999, 1))
attempt("no such option to read", lambda: s.getsockopt(SOL, 9999))
attempt("no such level", lambda: s.setsockopt(9999, 1, 1))
attempt("no such level to read", lambda: s.getsockopt(9999, 1))
attempt("read only", lambda: s.setsockopt(SOL, socket.SO_TYPE, 1))
attempt("out of range", lambda: s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 256))
