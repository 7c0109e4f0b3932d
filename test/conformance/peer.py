"""The other side of a conversation, in a process of its own. It does what its arguments say, in turn:

    connect PORT    a TCP connection to 127.0.0.1
    listen PATH     a Unix stream listener with a full backlog; PATH appears when it is full
    accept          one connection of the listener; the first is the one that filled its queue
    receive PATH    a Unix datagram socket
    read COUNT      reads so many datagrams, or until none has come for a while
    send TEXT
    drain           reads to the end of stream, then sends the count of bytes read
    sip             as drain, 64 KiB at a time and slowly
    pause           long enough for the other side to be waiting; nothing depends on it
    reset
    close
"""

import os
import socket
import struct
import sys
import time

words = iter(sys.argv[1:])
kept = []
for word in words:
    if word == "connect":
        s = socket.create_connection(("127.0.0.1", int(next(words))))
    elif word == "listen":
        path = next(words)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path + ".new")
        listener.listen(0)
        kept.append(socket.socket(socket.AF_UNIX))
        kept[-1].connect(path + ".new")
        os.rename(path + ".new", path)
    elif word == "accept":
        kept.append(s := listener.accept()[0])
    elif word == "receive":
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(next(words))
    elif word == "read":
        s.settimeout(0.5)
        try:
            for _ in range(int(next(words))):
                s.recv(65536)
        except TimeoutError:
            pass
    elif word == "send":
        s.sendall(next(words).encode())
    elif word in ("drain", "sip"):
        if word == "sip":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        count = 0
        while data := s.recv(65536):
            count += len(data)
            if word == "sip":
                time.sleep(0.025)
        s.sendall(str(count).encode())
    elif word == "pause":
        time.sleep(0.1)
    elif word == "reset":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    elif word == "close":
        s.close()
    else:
        sys.exit(f"peer.py: no such word: {word}")
