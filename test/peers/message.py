"""Python's side of message.test.ts: each line of JSON says what to do with the socket that is descriptor 3,
or with a UDP socket of this process; the answer is a line of JSON."""
import json
import os
import socket
import sys

unix = socket.socket(fileno=3)
udp = {}


def hex_of(ancdata):
    return [[level, type, data.hex()] for level, type, data in ancdata]


def bytes_of(ancdata):
    return [(level, type, bytes.fromhex(data)) for level, type, data in ancdata]


def send_fds(text, path):
    with open(path, "rb") as file:
        return socket.send_fds(unix, [text.encode()], [file.fileno(), file.fileno()])


def recv_fds(maxfds):
    data, fds, flags, _ = socket.recv_fds(unix, 1000, maxfds)
    texts = [os.pread(fd, 1000, 0).decode() for fd in fds]
    for fd in fds:
        os.close(fd)
    return [data.decode(), texts, flags]


def option(level, name, value):
    unix.setsockopt(level, name, value)


def recvmsg(size, room):
    data, ancdata, flags, _ = unix.recvmsg(size, room)
    return [data.decode(), hex_of(ancdata), flags]


def sendmsg(text, ancdata):
    return unix.sendmsg([text.encode()], bytes_of(ancdata))


def udp_open(family, host, options):
    one = udp[family] = socket.socket(family, socket.SOCK_DGRAM)
    for level, name, value in options:
        one.setsockopt(level, name, value)
    one.bind((host, 0))
    return one.getsockname()


def udp_recv(family, size, room, flags):
    data, ancdata, msg_flags, _ = udp[family].recvmsg(size, room, flags)
    return [data.decode(), hex_of(ancdata), msg_flags]


def udp_send(family, text, ancdata, address):
    return udp[family].sendmsg([text.encode()], bytes_of(ancdata), 0, tuple(address))


def ids():
    return [os.getpid(), os.getuid(), os.getgid()]


for line in sys.stdin:
    name, *args = json.loads(line)
    print(json.dumps(globals()[name](*args)), flush=True)
