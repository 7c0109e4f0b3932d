import socket
import sys

target, size = sys.argv[1], int(sys.argv[2])
if target.startswith("/"):
    conn = socket.socket(socket.AF_UNIX)
    conn.connect(target)
else:
    host, port = target.split(":")
    conn = socket.create_connection((host, int(port)))
message = bytes(size)
while True:
    conn.sendall(message)
    conn.recv(size)
