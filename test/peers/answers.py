"""Answers echo requests to a loopback address in the kernel's place while a command runs:
answers.py 127.0.0.1|::1 ANSWERS COMMAND...

ANSWERS are joined by commas, and each request gets all of them:
    reply           as the kernel's
    wrong           with 0xff as byte 52 of the data
    truncated       with 2 bytes of data
    elsewhere       from 127.0.0.2
    TYPE.CODE.WORD  an ICMP error that quotes the request, with 32 bits in hexadecimal
"""

import socket
import struct
import subprocess
import sys
import threading
import time

host, names, command = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
is_four = host == "127.0.0.1"
REQUEST, REPLY = (8, 0) if is_four else (128, 129)
# Most likely long enough for an answer to be taken before the next one comes.
BETWEEN_SEC = 0.1


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def icmp(kind, code, word, data):
    """For ICMPv6 the kernel replaces the checksum, which covers the addresses, too."""
    start = struct.pack("!BB", kind, code)
    return start + struct.pack("!H", checksum(start + b"\0\0" + word + data)) + word + data


def with_header(request):
    """Adds the IPv6 header, which a raw socket does not give, but which an error quotes."""
    address = socket.inet_pton(socket.AF_INET6, host)
    return struct.pack("!IHBB", 6 << 28, len(request), socket.IPPROTO_ICMPV6, 64) + address * 2 + request


def answer(name, packet, request):
    if "." in name:
        kind, code, word = name.split(".")
        return icmp(int(kind), int(code), bytes.fromhex(word), packet)
    data = request[8:]
    if name == "wrong":
        data = data[:52] + b"\xff" + data[53:]
    if name == "truncated":
        data = data[:2]
    return icmp(REPLY, 0, request[4:8], data)


def serve(sock):
    while True:
        received, address = sock.recvfrom(65535)
        request = received[20:] if is_four else received
        if request[0] != REQUEST:
            continue
        packet = received if is_four else with_header(request)
        for name in names:
            sender = elsewhere if name == "elsewhere" else sock
            sender.sendto(answer(name, packet, request), address)
            time.sleep(BETWEEN_SEC)


def bound(host):
    if is_four:
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    else:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sock.bind((host, 0))
    return sock


elsewhere = bound("127.0.0.2") if "elsewhere" in names else None
threading.Thread(target=serve, args=(bound(host),), daemon=True).start()
sys.exit(subprocess.run(command).returncode)
