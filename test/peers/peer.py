"""One side of a conversation, by Python's socket: peer.py client|server FAMILY TYPE ADDRESS [CLIENT]

FAMILY and TYPE are numbers, ADDRESS is JSON, CLIENT the path of a Unix datagram client. Over a
stream the client sends a long message and shuts down, and the server answers with its bytes in
reverse; datagrams and records are answered one by one. As JSON, a server prints its address when it
is ready, and then the address of the client that it had; a client prints its own address.
"""

import json
import socket
import sys

MESSAGES = ["欢迎光临".encode(), b"", b"x" * 8000]
LONG = "好的".encode() * 100_000

role, family, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
address = json.loads(sys.argv[4])
address = tuple(address) if isinstance(address, list) else address
is_stream = kind == socket.SOCK_STREAM


def received(s):
    if not is_stream:
        return s.recv(65536)
    return b"".join(iter(lambda: s.recv(65536), b""))


def tell(address):
    text = address.decode() if isinstance(address, bytes) else address
    print(json.dumps(text), flush=True)


s = socket.socket(family, kind)
s.settimeout(30)
if role == "client":
    if family == socket.AF_UNIX and kind == socket.SOCK_DGRAM:
        s.bind(sys.argv[5])
    s.connect(address)
    for message in [LONG] if is_stream else MESSAGES:
        s.sendall(message)
        if is_stream:
            s.shutdown(socket.SHUT_WR)
        assert received(s) == message[::-1]
    tell(s.getsockname())
else:
    s.bind(address)
    if kind == socket.SOCK_DGRAM:
        tell(s.getsockname())
        for message in MESSAGES:
            data, sender = s.recvfrom(65536)
            assert data == message
            s.sendto(data[::-1], sender)
    else:
        s.listen()
        tell(s.getsockname())
        connection, sender = s.accept()
        connection.settimeout(30)
        for message in [LONG] if is_stream else MESSAGES:
            data = received(connection)
            assert data == message
            connection.sendall(data[::-1])
    tell(sender)
