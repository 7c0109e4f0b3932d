import socket

from support import attempt

INET, INET6 = socket.AF_INET, socket.AF_INET6

for text in (
    *("127.0.0.1", "255.255.255.255", "1.2.3", "1.2", "1", "0x7f.1", "017.0.0.1"),
    *("1.2.3.256", "", "x", "1.2.3.4.5", " 1.2.3.4", "1.2.3.4 x"),
):
    attempt(f"inetAton {text}", lambda: socket.inet_aton(text))
for text in "127.0.0.1", "1.2.3", "01.2.3.4", "::1", "":
    attempt(f"inetPton AF_INET {text}", lambda: socket.inet_pton(INET, text))
for text in (
    *("::", "::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1"),
    *("fe80::1%lo", "1::2::3", "127.0.0.1", "12345::", ":"),
):
    attempt(f"inetPton AF_INET6 {text}", lambda: socket.inet_pton(INET6, text))
attempt("inetPton of another family", lambda: socket.inet_pton(socket.AF_UNIX, "x"))
for packed in map(bytes.fromhex, ("7f000001", "ffffffff", "010203", "")):
    attempt("inetNtoa", lambda: socket.inet_ntoa(packed))
    attempt("inetNtop AF_INET", lambda: socket.inet_ntop(INET, packed))
for packed in map(bytes.fromhex, (
    "00000000000000000000000000000000",
    "00000000000000000000000000000001",
    "00000000000000000000ffff01020304",
    "00000000000000000000000001020304",
    "000102030405060708090a0b0c0d0e0f",
    "fe800000000000000000000000000000",
    "00010001000100000000000100010001",
    "00010001000100000001000100010001",
    "00000000",
)):
    attempt("inetNtop AF_INET6", lambda: socket.inet_ntop(INET6, packed))
attempt("inetNtop of another family", lambda: socket.inet_ntop(socket.AF_UNIX, b"x"))

for value in 0, 1, 0x1234, 0xFFFF, 0x10000, -1:
    attempt("htons", lambda: socket.htons(value))
    attempt("ntohs", lambda: socket.ntohs(value))
for value in 0, 1, 0x12345678, 0xFFFFFFFF, 0x100000000, -1:
    attempt("htonl", lambda: socket.htonl(value))
    attempt("ntohl", lambda: socket.ntohl(value))
attempt("inetAton of no text", lambda: socket.inet_aton(1))
attempt("htons of no number", lambda: socket.htons("x"))
