import socket

from support import attempt, need_ipv6

need_ipv6()
INET, INET6, STREAM, DGRAM = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
NUMERIC, PASSIVE = socket.AI_NUMERICHOST, socket.AI_PASSIVE

for args in (
    ("127.0.0.1", 80),
    ("127.0.0.1", 80, INET, STREAM),
    ("127.0.0.1", "80", 0, DGRAM),
    ("127.0.0.1", "http", 0, STREAM),
    ("127.0.0.1", None, 0, STREAM),
    ("::1", 80, 0, STREAM),
    ("::1", 80, INET6, STREAM, socket.IPPROTO_TCP),
    ("::ffff:127.0.0.1", 80, 0, STREAM),
    ("fe80::1%lo", 80, 0, STREAM),
    ("127.1", 80, INET, STREAM),
    ("127.0.0.1", 80, INET6, STREAM, 0, socket.AI_V4MAPPED),
    ("127.0.0.1", 80, 0, STREAM, 0, socket.AI_CANONNAME),
    (None, 80, 0, STREAM),
    (None, 80, 0, STREAM, 0, PASSIVE),
    ("localhost", 80, INET, STREAM),
    ("localhost", 80, 0, STREAM, 0, NUMERIC),
    ("127.0.0.1", 80, INET6, STREAM, 0, NUMERIC),
    ("127.0.0.1", "no such service"),
    ("127.0.0.1", "http", 0, 0, 0, socket.AI_NUMERICSERV),
    ("127.0.0.1", 80, 12345),
    ("127.0.0.1", 80, 0, 12345),
    (None, None),
    (1, 80),
):
    attempt("getaddrinfo", lambda: socket.getaddrinfo(*args))
