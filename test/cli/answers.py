"""Answers echo requests to 127.0.0.1 in the kernel's place while a command runs: answers.py ANSWERS COMMAND...

ANSWERS are joined by commas, and each request has all of them: `reply`, or TYPE.CODE.WORD for an ICMP error
that quotes the request, with 32 bits in hexadecimal."""

import socket
import struct
import subprocess
import sys
import threading
import time

HEADER = 20  # of IPv4
REQUEST = 8
# Long enough for an answer to be taken before the next one comes, most likely.
BETWEEN_SEC = 0.1


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def icmp(kind, code, word, data):
    start = struct.pack("!BB", kind, code)
    return start + struct.pack("!H", checksum(start + b"\0\0" + word + data)) + word + data


def answer(name, packet):
    word, data = packet[HEADER + 4 : HEADER + 8], packet[HEADER + 8 :]
    if name == "reply":
        return icmp(0, 0, word, data)
    kind, code, word = name.split(".")
    return icmp(int(kind), int(code), bytes.fromhex(word), packet)


def serve(sock, names):
    while True:
        packet, (source, _) = sock.recvfrom(65535)
        if packet[HEADER] != REQUEST:
            continue
        for name in names:
            sock.sendto(answer(name, packet), (source, 0))
            time.sleep(BETWEEN_SEC)


sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
sock.bind(("127.0.0.1", 0))
threading.Thread(target=serve, args=(sock, sys.argv[1].split(",")), daemon=True).start()
sys.exit(subprocess.run(sys.argv[2:]).returncode)
